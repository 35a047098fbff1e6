/**
 * Who a peer is: Ed25519 keys as files and fingerprints, and the TLS 1.3 set-up in which both sides
 * must prove a key that the configuration knows. Certificates are throw-away wrappers around the
 * key; nothing in them but the public key is ever looked at. The connections themselves are the
 * business of the packages that use this one.
 */
@NullMarked
package org.realize.nima.tls;

import org.jspecify.annotations.NullMarked;
