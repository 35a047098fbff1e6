/**
 * A whole household on one thread, in virtual time, driven by a seed. {@link
 * org.realize.chaos.sim.Script} turns the seed into actions of users, networks and machines, {@link
 * org.realize.chaos.sim.Household} plays them on {@link org.realize.chaos.sim.SimulatedPeer}s,
 * whose stores crash between any two commits, moves files between them ({@link
 * org.realize.chaos.sim.SimulatedMove}), then heals everything, and {@link
 * org.realize.chaos.sim.Oracle} compares what all peers know in the end with what the {@link
 * org.realize.chaos.sim.History} says that users did. {@link org.realize.chaos.sim.Shrinker}
 * reduces a failing script to few actions.
 */
@NullMarked
package org.realize.chaos.sim;

import org.jspecify.annotations.NullMarked;
