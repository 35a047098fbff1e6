package org.realize.sync.view;

/**
 * The root of an arena as programs change it through the view.
 *
 * @param nodes shared with the arena's index
 */
public record RootParts(EditableDisk disk, RootRules rules, DiskNodes nodes) {}
