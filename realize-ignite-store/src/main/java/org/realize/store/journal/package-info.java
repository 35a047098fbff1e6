/** The commit record: staged rows become durable here before anything else sees them. */
@NullMarked
package org.realize.store.journal;

import org.jspecify.annotations.NullMarked;
