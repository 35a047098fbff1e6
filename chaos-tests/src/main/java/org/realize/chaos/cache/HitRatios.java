package org.realize.chaos.cache;

/** How much of a trace a cache had, in per cent of the requests and of the bytes. */
record HitRatios(double requests, double bytes) {}
