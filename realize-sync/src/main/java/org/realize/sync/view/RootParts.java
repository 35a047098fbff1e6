package org.realize.sync.view;

import org.realize.sync.branch.Branches;
import org.realize.sync.real.RootIndex;

/**
 * The root of an arena as programs change it through the view.
 *
 * @param nodes shared with the arena's index
 * @param index takes in what a mark makes no longer ignored
 */
public record RootParts(
    EditableDisk disk, RootRules rules, DiskNodes nodes, Branches branches, RootIndex index) {}
