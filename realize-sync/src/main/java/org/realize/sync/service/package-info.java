/**
 * What a peer may ask of us: pages of the feed, nodes of hash trees and blocks of contents, from
 * the real files as they were indexed and from verified blobs. Nothing is written for a peer but
 * hash trees that were missing.
 */
@NullMarked
package org.realize.sync.service;

import org.jspecify.annotations.NullMarked;
