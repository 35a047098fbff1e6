/**
 * The sync rules as pure functions: from what is known of one path, and one new thing, to what is
 * known next. {@link org.realize.sync.rules.Maxima} says which versions are current, {@link
 * org.realize.sync.rules.Judgement} which of them is shown, {@link
 * org.realize.sync.rules.LocalRules} what a user's change on this disk makes, {@link
 * org.realize.sync.rules.PeerRules} what a peer's report makes, {@link
 * org.realize.sync.rules.AnnounceRules} what of it is passed on, {@link
 * org.realize.sync.rules.RenewRules} what becomes of versions when a store takes a new identity,
 * {@link org.realize.sync.rules.ForkRules} what others then make of what it said before, and {@link
 * org.realize.sync.rules.GuardRules} which changes of an author are too many. Nothing here does I/O
 * or knows the time.
 */
@NullMarked
package org.realize.sync.rules;

import org.jspecify.annotations.NullMarked;
