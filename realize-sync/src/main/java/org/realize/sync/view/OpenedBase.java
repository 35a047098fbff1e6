package org.realize.sync.view;

import org.realize.sync.model.RelativePath;
import org.realize.sync.model.Version;

/** The version of a file that is not here when a program opened it for writing. */
record OpenedBase(RelativePath path, Version version, int mode) {}
