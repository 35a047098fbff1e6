/**
 * The configuration of a node. {@code realize.toml} is parsed into immutable records, every key
 * compared with the known ones. Commands edit the file's text in place, so that a user's comments
 * and order stay.
 */
@NullMarked
package org.realize.nima.config;

import org.jspecify.annotations.NullMarked;
