package org.realize.chaos.cache;

/** The hit ratios of a cache on a trace, in per cent of the requests and of the bytes. */
record HitRatios(double requests, double bytes) {}
