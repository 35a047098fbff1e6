/**
 * Bytes of contents on this machine: how they are opened, and where they lie. What is elsewhere is
 * fetched by {@code transfer}, on top.
 */
@NullMarked
package org.realize.sync.content;

import org.jspecify.annotations.NullMarked;
