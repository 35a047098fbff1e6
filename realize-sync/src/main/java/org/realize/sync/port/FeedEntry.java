package org.realize.sync.port;

import org.realize.sync.model.RelativePath;

/** One path of a peer's feed: what that peer says of it now. */
public record FeedEntry(RelativePath path, Report report) {}
