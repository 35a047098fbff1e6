package org.realize.nima.control;

/**
 * A question for what can be shown of one of the current versions of a path.
 *
 * @param hash of the version's content, in hex
 * @param fetch true to fetch bytes that are elsewhere; else nothing is fetched
 * @param withPicture true for the bytes of a picture, too
 */
public record PreviewQuery(ArenaPath path, String hash, boolean fetch, boolean withPicture)
    implements ControlRequest {}
