/**
 * The configuration of a node: realize.toml is read into immutable records, and edited in place.
 */
@NullMarked
package org.realize.nima.config;

import org.jspecify.annotations.NullMarked;
