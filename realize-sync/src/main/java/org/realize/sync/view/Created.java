package org.realize.sync.view;

import org.realize.sync.content.OpenFile;

/**
 * A regular file that is open, and new unless its name was there already.
 *
 * @param attributes as they are after it was opened
 */
public record Created(Attributes attributes, OpenFile file) {}
