package org.realize.sync.view;

/**
 * The mode that a program asks for something new.
 *
 * @param bits permissions, set-id and sticky
 * @param umask what the program's umask takes away, unless the directory has a default ACL
 */
public record NewMode(int bits, int umask) {}
