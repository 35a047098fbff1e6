/**
 * Branches: files that programs write to while most of their bytes are elsewhere. What is written
 * lies in a sparse file, a journal beside it says which bytes those are, and the rest comes from
 * the version that was branched, until all of it is there and the file takes its name.
 */
@NullMarked
package org.realize.sync.branch;

import org.jspecify.annotations.NullMarked;
