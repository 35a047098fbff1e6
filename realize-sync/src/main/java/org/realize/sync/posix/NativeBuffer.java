package org.realize.sync.posix;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Memory outside the heap with its address, in the machine's byte order. Freed with the object.
 * Owned by one thread at a time.
 *
 * @param bytes the memory; its position and limit belong to the owner
 * @param address of {@code bytes}' index 0
 */
public record NativeBuffer(ByteBuffer bytes, long address) {

  public static NativeBuffer allocate(int sizeBytes) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(sizeBytes).order(ByteOrder.nativeOrder());
    return new NativeBuffer(bytes, MemorySegment.ofBuffer(bytes).address());
  }

  /** {@code text} in UTF-8 with a terminating NUL. */
  public static NativeBuffer ofText(String text) {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    NativeBuffer buffer = allocate(utf8.length + 1);
    buffer.bytes.put(0, utf8);
    return buffer;
  }
}
