package org.realize.fuse;

/** The contract on the twin itself, without a mount. */
final class ViewAloneTest extends TreeContract {

  private final MemoryFileView view = new MemoryFileView();

  @Override
  Tree tree() {
    return new ViewTree(view);
  }

  @Override
  Twin twin() {
    return new TwinCommands(view);
  }
}
