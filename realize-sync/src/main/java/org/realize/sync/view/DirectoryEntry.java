package org.realize.sync.view;

/**
 * One name of a directory listing.
 *
 * @param cursor where a listing goes on after this entry
 */
public record DirectoryEntry(long cursor, String name, Attributes attributes) {}
