package org.realize.fuse;

/** The contract of edits on the twin itself, without a mount. */
final class ViewEditTest extends EditContract {

  private final ViewEdits tree = new ViewEdits(new MemoryFileSystem());

  @Override
  EditedTree tree() {
    return tree;
  }
}
