/**
 * The sync rules as pure functions: the known state of one path and one new fact flow in, the next
 * state flows out. {@link org.realize.sync.rules.Maxima} says which versions are current, {@link
 * org.realize.sync.rules.Judgement} which of them is shown, {@link
 * org.realize.sync.rules.LocalRules} what a user's change on this disk makes, {@link
 * org.realize.sync.rules.PeerRules} what a peer's report makes, {@link
 * org.realize.sync.rules.AnnounceRules} what is passed on, {@link
 * org.realize.sync.rules.RenewRules} what becomes of versions when a store takes a new identity,
 * {@link org.realize.sync.rules.ForkRules} what other stores make of its earlier reports then,
 * {@link org.realize.sync.rules.GuardRules} which changes of an author are too many, and {@link
 * org.realize.sync.rules.EvictionRules} which blobs must stay. No I/O, no time.
 */
@NullMarked
package org.realize.sync.rules;

import org.jspecify.annotations.NullMarked;
