package org.realize.store.blob;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * Sorts a million objects in a fraction of the time that a comparator takes, each of whose steps
 * looks at two objects somewhere in memory: the numbers are sorted alone, then each object is put
 * where its number is.
 */
final class ByNumber {

  private ByNumber() {}

  /** A new list, in ascending order; what has the same number stays in its order. */
  static <T> List<T> sorted(List<T> objects, ToLongFunction<T> number) {
    long[] numbers = objects.stream().mapToLong(number).toArray();
    Arrays.sort(numbers);
    int[] taken = new int[numbers.length]; // how many are there already, at the first of a number
    List<T> sorted = new ArrayList<>(Collections.nCopies(numbers.length, null));
    for (T object : objects) {
      int first = first(numbers, number.applyAsLong(object));
      sorted.set(first + taken[first]++, object);
    }
    return sorted;
  }

  /** Where {@code number} is first in a sorted array that has it. */
  private static int first(long[] numbers, long number) {
    int low = 0;
    int high = numbers.length - 1;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (numbers[middle] < number) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
