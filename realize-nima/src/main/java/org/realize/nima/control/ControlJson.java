package org.realize.nima.control;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectWriter;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.EnumFeature;
import com.fasterxml.jackson.databind.deser.std.StdScalarDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.module.SimpleModule;
import com.fasterxml.jackson.databind.ser.std.ToStringSerializer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.realize.nima.config.Rate;
import org.realize.sync.model.ArenaName;
import org.realize.sync.model.PeerName;
import org.realize.sync.model.RelativePath;

/**
 * The JSON of the control API and of every {@code --json}: records by component, names, rates and
 * times (ISO 8601) as text, enum constants in lower case, null components left out.
 */
public final class ControlJson {

  private static final JsonMapper MAPPER =
      JsonMapper.builder(factory())
          .addModule(
              new SimpleModule()
                  .addSerializer(PeerName.class, new ToStringSerializer())
                  .addDeserializer(PeerName.class, text(PeerName.class, PeerName::new))
                  .addSerializer(ArenaName.class, new ToStringSerializer())
                  .addDeserializer(ArenaName.class, text(ArenaName.class, ArenaName::new))
                  .addSerializer(RelativePath.class, new ToStringSerializer())
                  .addDeserializer(RelativePath.class, text(RelativePath.class, RelativePath::of))
                  .addSerializer(Rate.class, new ToStringSerializer())
                  .addDeserializer(Rate.class, text(Rate.class, Rate::parse))
                  .addSerializer(Instant.class, new ToStringSerializer())
                  .addDeserializer(Instant.class, text(Instant.class, Instant::parse)))
          .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
          .enable(MapperFeature.ACCEPT_CASE_INSENSITIVE_ENUMS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
          .build();
  private static final ObjectWriter FOR_PEOPLE = MAPPER.writer(SerializationFeature.INDENT_OUTPUT);

  /**
   * Escapes of what a terminal would not show as it is, beside those that JSON asks for: a name
   * cannot play with the terminal of somebody who looks at JSON.
   */
  private static final class HiddenCharacters extends CharacterEscapes {
    private static final long serialVersionUID = 1L;

    @Override
    public int[] getEscapeCodesForAscii() {
      int[] escapes = standardAsciiEscapesForJSON();
      escapes[0x7f] = ESCAPE_STANDARD;
      return escapes;
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int c) {
      boolean isHidden =
          (c >= 0x80 && c < 0xa0)
              || c == 0x61c
              || c == 0x200e
              || c == 0x200f
              || (c >= 0x2028 && c <= 0x202e)
              || (c >= 0x2066 && c <= 0x2069)
              || c == 0xfeff;
      return isHidden ? new SerializedString("\\u%04x".formatted(c)) : null;
    }
  }

  private static JsonFactory factory() {
    JsonFactory factory = new JsonFactory();
    factory.setCharacterEscapes(new HiddenCharacters());
    return factory;
  }

  private ControlJson() {}

  /** Indented text of {@code value}, a record or a list of records. */
  public static String print(Object value) {
    try {
      return FOR_PEOPLE.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("every record has JSON", e);
    }
  }

  /** {@code value} on one line. */
  public static String line(Object value) {
    return new String(write(value), StandardCharsets.UTF_8);
  }

  /** {@code value} on one line, in UTF-8. */
  public static byte[] write(Object value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("every record has JSON", e);
    }
  }

  /** Throws {@link IOException} when the text is not what {@code type} needs. */
  static <T> T read(String json, Class<T> type) throws IOException {
    T value = MAPPER.readValue(json, type);
    if (value == null) {
      throw new IOException("null where " + type.getSimpleName() + " was expected");
    }
    return value;
  }

  /** A line of a stream of such events. */
  static <E> StreamLine<E> readLine(String json, Class<E> type) throws IOException {
    JavaType line = MAPPER.getTypeFactory().constructParametricType(StreamLine.class, type);
    StreamLine<E> value = MAPPER.readValue(json, line);
    if (value == null) {
      throw new IOException("null where a line was expected");
    }
    return value;
  }

  private static <T> StdScalarDeserializer<T> text(Class<T> type, Function<String, T> parse) {
    return new StdScalarDeserializer<>(type) {
      private static final long serialVersionUID = 1L;

      @Override
      public T deserialize(JsonParser parser, DeserializationContext context) throws IOException {
        String text = parser.getText();
        try {
          return parse.apply(text);
        } catch (RuntimeException e) {
          throw new IOException("'" + text + "' is no " + type.getSimpleName(), e);
        }
      }
    };
  }
}
