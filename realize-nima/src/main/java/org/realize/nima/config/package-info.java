/**
 * The configuration of a node. {@code realize.toml} is parsed into immutable records, every key
 * checked against what is known; commands edit the file's text in place, so that a user's own
 * comments and order stay.
 */
@NullMarked
package org.realize.nima.config;

import org.jspecify.annotations.NullMarked;
