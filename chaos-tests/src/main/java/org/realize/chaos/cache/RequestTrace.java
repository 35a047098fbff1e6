package org.realize.chaos.cache;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A trace of requests for whole blobs, which are numbered from 0.
 *
 * <p>Its text has one line per request: a key without white space, white space, and a size in
 * bytes; further words are skipped. A key with another size is another blob, since its content is
 * another. Empty lines and lines that begin with {@code #} are skipped.
 */
public final class RequestTrace {

  private final int[] requests;
  private final long[] sizes;

  /**
   * @param requests the blobs' numbers in turn
   * @param sizes of the blobs, in bytes
   */
  RequestTrace(int[] requests, long[] sizes) {
    this.requests = requests.clone();
    this.sizes = sizes.clone();
  }

  /** Reads such a text; fails on a line without a size. */
  static RequestTrace read(BufferedReader text) throws IOException {
    Map<String, Integer> blobs = new HashMap<>();
    List<Long> sizes = new ArrayList<>();
    int[] requests = new int[1024];
    int count = 0;
    for (String line = text.readLine(); line != null; line = text.readLine()) {
      String request = line.strip();
      if (request.isEmpty() || request.startsWith("#")) {
        continue;
      }
      String[] words = request.split("\\s+", -1);
      if (words.length < 2) {
        throw new IOException("no key and size: " + request);
      }
      Integer blob = blobs.get(words[0] + " " + words[1]);
      if (blob == null) {
        blob = blobs.size();
        blobs.put(words[0] + " " + words[1], blob);
        sizes.add(bytes(words[1], request));
      }
      if (count == requests.length) {
        requests = Arrays.copyOf(requests, 2 * count);
      }
      requests[count++] = blob;
    }
    return new RequestTrace(
        Arrays.copyOf(requests, count), sizes.stream().mapToLong(Long::longValue).toArray());
  }

  private static long bytes(String word, String request) throws IOException {
    try {
      return Long.parseLong(word);
    } catch (NumberFormatException e) {
      throw new IOException("no key and size: " + request, e);
    }
  }

  /** Writes it as text, each blob's number as its key. */
  void print(PrintStream out) {
    for (int request : requests) {
      out.println(request + " " + sizes[request]);
    }
  }

  int length() {
    return requests.length;
  }

  /** The bytes of all blobs that are asked for, each once. */
  long footprintBytes() {
    return Arrays.stream(requests).distinct().mapToLong(blob -> sizes[blob]).sum();
  }

  /** Makes all requests, in turn, to a cache that is empty at first. */
  HitRatios replay(SimulatedCache cache) {
    long hits = 0;
    long hitBytes = 0;
    long bytes = 0;
    for (int request : requests) {
      long size = sizes[request];
      bytes += size;
      if (cache.request(request, size)) {
        hits++;
        hitBytes += size;
      }
    }
    return new HitRatios(percent(hits, requests.length), percent(hitBytes, bytes));
  }

  private static double percent(long part, long whole) {
    return whole == 0 ? 0 : 100.0 * part / whole;
  }
}
