package org.realize.sync.rules.cache;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.realize.sync.model.ContentHash;
import org.realize.sync.port.BlobUse.Area;

/**
 * The rules of {@link CachePolicy} once more, with lists that are searched and added up each time,
 * and counts that are halved all at once. It forgets nothing.
 */
final class NaivePolicy {

  /** A blob, stored or not. */
  private static final class Known {
    final ContentHash hash;
    final Set<PinReason> pins = EnumSet.noneOf(PinReason.class);
    long bytes;
    Area area = Area.WORKING;
    boolean preferred;
    int uses;

    Known(ContentHash hash) {
      this.hash = hash;
    }
  }

  private final Map<ContentHash, Known> known = new HashMap<>();
  private final Map<Area, List<Known>> queues = new EnumMap<>(Area.class);
  private final List<Known> pinned = new ArrayList<>();
  private final List<Known> lru = new ArrayList<>();
  private final List<Known> gatedWorking = new ArrayList<>();
  private final List<Known> gatedProtected = new ArrayList<>();
  private long capacity;
  private long served;
  private double forBytes = 0.2;
  private double forRequests = 0.2;

  NaivePolicy(long capacity) {
    this.capacity = capacity;
    for (Area area : Area.values()) {
      queues.put(area, new ArrayList<>());
    }
  }

  private Known known(ContentHash hash) {
    return known.computeIfAbsent(hash, Known::new);
  }

  void setCapacity(long bytes) {
    capacity = bytes;
    settle();
  }

  boolean isStored(ContentHash hash) {
    Known blob = known.get(hash);
    return blob != null && (pinned.contains(blob) || queue(blob.area).contains(blob));
  }

  void insert(ContentHash hash, long bytes) {
    Known blob = known(hash);
    compareShadows(blob, Math.max(bytes, blob.bytes));
    blob.bytes = bytes;
    blob.area = Area.WORKING;
    blob.preferred = false;
    queue(Area.WORKING).add(bytes > workingShare() ? 0 : queue(Area.WORKING).size(), blob);
    noteRecent(blob);
    settle();
  }

  void use(ContentHash hash, long bytes) {
    long units = Math.max(1, (bytes + (128 << 10) - 1) / (128 << 10));
    served += units;
    long window = 16 * Math.max(1, (capacity + (128 << 10) - 1) / (128 << 10));
    while (served >= window) {
      served -= window;
      known.values().forEach(blob -> blob.uses /= 2);
    }
    Known blob = known(hash);
    blob.uses += (int) units;
    if (isStored(hash)) {
      if (pinned.contains(blob)) {
        blob.area = blob.area == Area.PENDING ? Area.WORKING : blob.area;
      } else {
        move(blob, blob.area == Area.PENDING ? Area.WORKING : blob.area);
        compareShadows(blob, blob.bytes);
        noteRecent(blob);
      }
    }
    settle();
  }

  void resize(ContentHash hash, long bytes) {
    known(hash).bytes = bytes;
    settle();
  }

  void pin(ContentHash hash, PinReason pin) {
    Known blob = known(hash);
    blob.pins.add(pin);
    queue(blob.area).remove(blob);
    pinned.remove(blob);
    pinned.add(blob);
    lru.remove(blob);
    gatedWorking.remove(blob);
    gatedProtected.remove(blob);
    settle();
  }

  void unpin(ContentHash hash, PinReason pin) {
    Known blob = known(hash);
    if (blob.pins.remove(pin) && blob.pins.isEmpty()) {
      pinned.remove(blob);
      queue(blob.area).add(blob);
      noteRecent(blob);
    }
    settle();
  }

  void prefer(ContentHash hash, boolean preferred) {
    known(hash).preferred = preferred;
  }

  void retire(ContentHash hash) {
    Known blob = known(hash);
    if (pinned.contains(blob)) {
      blob.area = Area.PENDING;
    } else {
      move(blob, Area.PENDING);
    }
  }

  void remove(ContentHash hash) {
    Known blob = known(hash);
    queue(blob.area).remove(blob);
    pinned.remove(blob);
    blob.pins.clear();
    settle();
  }

  /** All that can be seen of the blobs: areas in order, sizes, counts. */
  String describe() {
    StringBuilder text = new StringBuilder();
    for (Area area : Area.values()) {
      text.append(area).append(": ");
      for (Known blob : queue(area)) {
        append(text, blob);
      }
    }
    List<String> others = new ArrayList<>();
    for (Known blob : pinned) {
      others.add(append(new StringBuilder(), blob).toString());
    }
    return text + "pinned: " + String.join("", others.stream().sorted().toList());
  }

  private static StringBuilder append(StringBuilder text, Known blob) {
    return text.append(
        "%s %d %s %s %d; "
            .formatted(blob.hash.hex8(), blob.bytes, blob.area, blob.preferred, blob.uses));
  }

  private List<Known> queue(Area area) {
    return queues.getOrDefault(area, List.of());
  }

  private static long sum(List<Known> blobs) {
    return blobs.stream().mapToLong(blob -> blob.bytes).sum();
  }

  private long room() {
    return Math.max(0, capacity - sum(pinned));
  }

  private long workingShare() {
    return (long) (Math.max(0.01, Math.max(forBytes, forRequests)) * room());
  }

  private void compareShadows(Known blob, long bytes) {
    boolean gated = gatedWorking.contains(blob) || gatedProtected.contains(blob);
    if (room() > 0 && lru.contains(blob) != gated) {
      int direction = gated ? -1 : 1;
      double room = room();
      double mean = lru.isEmpty() ? 0 : (double) sum(lru) / lru.size();
      forBytes = Math.clamp(forBytes + direction * (bytes / room), -0.1, 1);
      forRequests = Math.clamp(forRequests + direction * (mean / room), -0.1, 1);
    }
  }

  private void noteRecent(Known blob) {
    lru.remove(blob);
    if (blob.bytes <= room()) {
      lru.add(blob);
    }
    trim();
    gatedWorking.remove(blob);
    if (gatedProtected.remove(blob)) {
      gatedProtected.add(blob);
    } else {
      gatedWorking.add(blob.bytes > gatedShare() ? 0 : gatedWorking.size(), blob);
    }
    settleGated();
  }

  private void trim() {
    while (sum(lru) > room()) {
      lru.removeFirst();
    }
  }

  private long gatedShare() {
    return (long) (0.01 * room());
  }

  private void settleGated() {
    while (sum(gatedWorking) > gatedShare()) {
      Known candidate = gatedWorking.removeFirst();
      long room = room() - gatedShare() - candidate.bytes;
      if (room >= 0 && outdoes(candidate, gatedProtected, sum(gatedProtected) - room)) {
        displaceGated(room);
        gatedProtected.add(candidate);
      } else if (room >= 0 && sparesFirst(candidate, gatedProtected)) {
        gatedProtected.add(gatedProtected.removeFirst());
      }
    }
    displaceGated(room() - gatedShare());
  }

  private void displaceGated(long room) {
    while (sum(gatedProtected) > room) {
      gatedProtected.removeFirst();
    }
  }

  private void settle() {
    trim();
    settleGated();
    while (sum(queue(Area.WORKING)) > workingShare()) {
      passGate(queue(Area.WORKING).getFirst());
    }
    displace(room() - workingShare());
  }

  private void passGate(Known candidate) {
    long room = room() - workingShare() - candidate.bytes;
    if (candidate.preferred) {
      move(candidate, Area.PROTECTED);
    } else if (room >= 0
        && outdoes(candidate, queue(Area.PROTECTED), sum(queue(Area.PROTECTED)) - room)) {
      displace(room);
      move(candidate, Area.PROTECTED);
    } else {
      if (room >= 0 && sparesFirst(candidate, queue(Area.PROTECTED))) {
        move(queue(Area.PROTECTED).getFirst(), Area.PROTECTED);
      }
      move(candidate, Area.PENDING);
    }
  }

  private static boolean outdoes(Known candidate, List<Known> coldestFirst, long needed) {
    List<Known> victims = new ArrayList<>();
    for (Known blob : coldestFirst) {
      if (sum(victims) < needed) {
        victims.add(blob);
      }
    }
    double theirs = usesPerUnit(victims);
    double its = usesPerUnit(List.of(candidate));
    return victims.isEmpty() || (theirs <= 1 ? its >= 2 : its > theirs + 1);
  }

  private static boolean sparesFirst(Known candidate, List<Known> coldestFirst) {
    return !coldestFirst.isEmpty()
        && usesPerUnit(List.of(candidate)) < usesPerUnit(coldestFirst.subList(0, 1));
  }

  private static double usesPerUnit(List<Known> blobs) {
    return (double) blobs.stream().mapToLong(blob -> blob.uses).sum()
        / blobs.stream()
            .mapToLong(blob -> Math.max(1, (blob.bytes + (128 << 10) - 1) / (128 << 10)))
            .sum();
  }

  private void displace(long room) {
    while (sum(queue(Area.PROTECTED)) > room) {
      move(queue(Area.PROTECTED).getFirst(), Area.PENDING);
    }
  }

  private void move(Known blob, Area area) {
    queue(blob.area).remove(blob);
    blob.area = area;
    queue(area).add(blob);
  }
}
