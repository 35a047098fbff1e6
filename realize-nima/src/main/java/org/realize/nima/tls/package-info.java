/**
 * The identity of peers: Ed25519 keys as files and fingerprints, and the TLS 1.3 set-up in which
 * both sides must prove a key that the configuration lists. Certificates are throw-away wrappers
 * around the key; only their public key is read. Connections are made by the packages that use this
 * one.
 */
@NullMarked
package org.realize.nima.tls;

import org.jspecify.annotations.NullMarked;
