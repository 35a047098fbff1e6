package org.realize.nima.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.realize.nima.config.Rate;
import org.realize.nima.control.CacheEvent;
import org.realize.nima.control.CacheStatus;
import org.realize.nima.control.ConflictReport;
import org.realize.nima.control.CopyReport;
import org.realize.nima.control.HouseholdStatus;
import org.realize.nima.control.Invite;
import org.realize.nima.control.JobEvent;
import org.realize.nima.control.JobStatus;
import org.realize.nima.control.MarkStatus;
import org.realize.nima.control.MemberStatus;
import org.realize.nima.control.MoveEvent;
import org.realize.nima.control.NodeEvent;
import org.realize.nima.control.PinStatus;
import org.realize.nima.control.ProgramFetch;
import org.realize.nima.control.SyncEvent;
import org.realize.nima.control.VersionReport;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RelativePath;

/** The page docs/json.md, which promises the names and types of every {@code --json}. */
class JsonDocumentTest {

  private static final List<Class<?>> PRINTED =
      List.of(
          HouseholdStatus.class,
          Invite.class,
          MemberStatus.class,
          PeerListCommand.PeerRow.class,
          ArenaListCommand.ArenaRow.class,
          CacheStatus.class,
          MarkStatus.class,
          component(ConflictReport.class, "conflicts"),
          component(VersionReport.class, "versions"),
          component(CopyReport.class, "files"),
          JobStatus.class,
          PinStatus.class,
          NodeEvent.class,
          ProgramFetch.class,
          CacheEvent.class,
          JobEvent.class,
          MoveEvent.class,
          SyncEvent.class,
          StopCommand.StopReport.class);

  private static final Set<Class<?>> TEXT =
      Set.of(String.class, PeerName.class, ArenaName.class, RelativePath.class, Rate.class);

  private static Class<?> component(Class<?> record, String list) {
    return Arrays.stream(record.getRecordComponents())
        .filter(each -> each.getName().equals(list))
        .map(each -> ((ParameterizedType) each.getGenericType()).getActualTypeArguments()[0])
        .map(Class.class::cast)
        .findFirst()
        .orElseThrow();
  }

  /** The fields of every printed record, {@code name: type}, by the record's name. */
  private static Map<String, Set<String>> printed() {
    Map<String, Set<String>> records = new TreeMap<>();
    Deque<Class<?>> left = new ArrayDeque<>(PRINTED);
    while (!left.isEmpty()) {
      Class<?> record = left.pop();
      if (records.containsKey(record.getSimpleName())) {
        continue;
      }
      Set<String> fields = new TreeSet<>();
      for (RecordComponent each : record.getRecordComponents()) {
        String absent = each.getAnnotatedType().isAnnotationPresent(Nullable.class) ? "?" : "";
        fields.add(each.getName() + absent + ": " + type(each.getGenericType(), left));
      }
      records.put(record.getSimpleName(), fields);
    }
    return records;
  }

  private static String type(Type type, Deque<Class<?>> records) {
    if (type instanceof ParameterizedType list && list.getRawType() == List.class) {
      return "list of " + type(list.getActualTypeArguments()[0], records);
    }
    Class<?> plain = (Class<?>) type;
    if (TEXT.contains(plain)) {
      return "text";
    } else if (plain == Instant.class) {
      return "time";
    } else if (plain == boolean.class || plain == Boolean.class) {
      return "true or false";
    } else if (plain.isPrimitive() || Number.class.isAssignableFrom(plain)) {
      return "number";
    } else if (plain.isEnum()) {
      return Arrays.stream(plain.getEnumConstants())
          .map(each -> "`" + ((Enum<?>) each).name().toLowerCase(Locale.ROOT) + "`")
          .collect(Collectors.joining(", "));
    }
    assertThat(plain.isRecord()).as(plain.getName()).isTrue();
    records.add(plain);
    return plain.getSimpleName();
  }

  private static Map<String, Set<String>> documented() throws Exception {
    Map<String, Set<String>> records = new TreeMap<>();
    Pattern row = Pattern.compile("\\| `(\\w+\\??)` \\| (.*?) \\| .+ \\|");
    Set<String> fields = new TreeSet<>();
    for (String line : Files.readAllLines(Path.of("../docs/json.md"))) {
      Matcher field = row.matcher(line);
      if (line.startsWith("### ")) {
        fields = new TreeSet<>();
        records.put(line.substring(4), fields);
      } else if (field.matches()) {
        fields.add(field.group(1) + ": " + field.group(2));
      }
    }
    return records;
  }

  @Test
  void page_hasEveryFieldOfEveryRecord_andNoOther() throws Exception {
    assertThat(documented()).isEqualTo(printed());
  }
}
