package org.realize.sync.view;

import org.realize.sync.model.Inode;
import org.realize.sync.model.RealizeException;

/**
 * A view that programs can change. Its mount is writable.
 *
 * <p>Caches of the kernel: a call's own effect is in its answer, and the kernel that asked knows it
 * when the call returns: the names that it added, moved or removed, the attributes that it was
 * given, and that those of both directories and of a written file are others now. So listeners are
 * <em>not</em> notified of what came by this view, neither then nor later, when an index or the
 * store learns of it. They are notified of everything else: changes of peers and of other programs,
 * and effects of a call that its program cannot expect, as another content at a name.
 */
public interface EditableView extends FileView, EditableRegion {

  /** A path of {@code inode} from the view's root, without a slash at its start. */
  String pathOf(Inode inode) throws RealizeException;
}
