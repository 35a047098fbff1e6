/**
 * A household of machines on one thread, in virtual time, driven by a seed. {@link
 * org.realize.chaos.sim.Script} turns the seed, or a stored list, into actions of users, networks
 * and machines. {@link org.realize.chaos.sim.Household} plays them on {@link
 * org.realize.chaos.sim.SimulatedPeer}s: the product's index, feed, incarnations, cache, downloads,
 * view and the job that makes real what is marked, on disks and stores in memory, which crash
 * between any two commits. {@link org.realize.chaos.sim.SimulatedMove} moves files. At the end
 * everything is healed. {@link org.realize.chaos.sim.Oracle} compares what the peers know and hold
 * with the {@link org.realize.chaos.sim.History} of the users' actions, {@link
 * org.realize.chaos.sim.ViewOracle} what users see and read; {@link org.realize.chaos.sim.Checks}
 * counts each accepted {@link org.realize.chaos.sim.Excuse}. {@link org.realize.chaos.sim.Shrinker}
 * reduces a failing script to few actions.
 */
@NullMarked
package org.realize.chaos.sim;

import org.jspecify.annotations.NullMarked;
