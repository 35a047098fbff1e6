package org.realize.chaos.process;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One page in Debian's Chromium without a screen, driven by its DevTools protocol: a driver of a
 * library would be larger than the browser. What the page reports as an error, a refusal of its
 * policy included, is in {@link #errors}. Every wait has a deadline. Used by one thread.
 */
final class Chromium implements AutoCloseable {

  private static final Duration DEADLINE = Duration.ofSeconds(60);
  private static final String PORT_FILE = "DevToolsActivePort";

  /** What the browser answers to a look at a page that is just being loaded again. */
  private static final List<String> REPLACED =
      List.of(
          "Inspected target navigated or closed",
          "Execution context was destroyed",
          "Cannot find context with specified id",
          "Cannot find default execution context");

  private final ObjectMapper json = new ObjectMapper();
  private final Process process;
  private final HttpClient http = HttpClient.newHttpClient();
  private final WebSocket socket;
  private final AtomicInteger lastId = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> waiting = new ConcurrentHashMap<>();
  private final List<String> errors = new CopyOnWriteArrayList<>();
  private volatile @Nullable String session;

  /** The messages of the browser, which come in parts. */
  private final class Messages implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence data, boolean last) {
      text.append(data);
      if (last) {
        String message = text.toString();
        text.setLength(0);
        received(message);
      }
      from.request(1);
      return null;
    }
  }

  private static final class PageReplacedException extends IOException {
    private static final long serialVersionUID = 1L;

    PageReplacedException(String message) {
      super(message);
    }
  }

  private Chromium(Process process, URI address) throws Exception {
    this.process = process;
    this.socket =
        http.newWebSocketBuilder()
            .buildAsync(address, new Messages())
            .get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
  }

  /** A browser with an empty profile below {@code directory}, and an empty page in it. */
  static Chromium start(Path directory) throws Exception {
    List<String> words =
        List.of(
            "chromium",
            "--headless=new",
            "--no-sandbox", // the tests are root
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--hide-scrollbars",
            "--remote-debugging-port=0",
            "--user-data-dir=" + directory,
            "about:blank");
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(directory.resolve("chromium.log").toFile());
    builder.environment().put("TMPDIR", directory.toString());
    Process process = builder.start();
    try {
      Path file = directory.resolve(PORT_FILE);
      long end = System.nanoTime() + DEADLINE.toNanos();
      while (!Files.exists(file) || Files.readAllLines(file).size() < 2) {
        if (!process.isAlive() || System.nanoTime() > end) {
          String log = Files.readString(directory.resolve("chromium.log"));
          throw new IOException("chromium has not begun to listen: " + log);
        }
        TimeUnit.MILLISECONDS.sleep(20);
      }
      List<String> lines = Files.readAllLines(file);
      URI address = URI.create("ws://127.0.0.1:" + lines.get(0) + lines.get(1));
      Chromium browser = new Chromium(process, address);
      browser.openPage();
      return browser;
    } catch (Exception e) {
      process.destroyForcibly();
      throw e;
    }
  }

  private void openPage() throws Exception {
    String target =
        call("Target.createTarget", Map.of("url", "about:blank")).get("targetId").asText();
    session =
        call("Target.attachToTarget", Map.of("targetId", target, "flatten", true))
            .get("sessionId")
            .asText();
    for (String part : List.of("Page", "Runtime", "Log")) {
      call(part + ".enable", Map.of());
    }
  }

  private void received(String text) {
    try {
      JsonNode message = json.readTree(text);
      if (message.has("id")) {
        CompletableFuture<JsonNode> answer = waiting.remove(message.get("id").asInt());
        if (answer != null) {
          answer.complete(message);
        }
      } else if (message.path("method").asText().equals("Runtime.exceptionThrown")) {
        JsonNode details = message.at("/params/exceptionDetails");
        errors.add(details.at("/exception/description").asText(details.path("text").asText()));
      } else if (message.at("/params/entry/level").asText().equals("error")) {
        errors.add(message.at("/params/entry/text").asText());
      }
    } catch (IOException e) {
      errors.add("no JSON of the browser: " + e);
    }
  }

  private JsonNode call(String method, Map<String, Object> parameters) throws Exception {
    int id = lastId.incrementAndGet();
    ObjectNode message = json.createObjectNode().put("id", id).put("method", method);
    message.set("params", json.valueToTree(parameters));
    String page = session;
    if (page != null) {
      message.put("sessionId", page);
    }
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    waiting.put(id, answer);
    socket.sendText(message.toString(), true).get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    JsonNode result = answer.get(DEADLINE.toSeconds(), TimeUnit.SECONDS);
    if (result.has("error")) {
      String cause = method + ": " + result.get("error");
      throw REPLACED.stream().anyMatch(cause::contains)
          ? new PageReplacedException(cause)
          : new IOException(cause);
    }
    return result.get("result");
  }

  void open(String address) throws Exception {
    call("Page.navigate", Map.of("url", address));
  }

  /** The value of an expression in the page, or of its promise. */
  JsonNode evaluate(String expression) throws Exception {
    JsonNode answer =
        call(
            "Runtime.evaluate",
            Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
    if (answer.has("exceptionDetails")) {
      throw new IOException(expression + ": " + answer.at("/exceptionDetails/exception"));
    }
    return answer.at("/result/value");
  }

  /**
   * Waits until an expression is true in the page, which may not have its elements yet. It is
   * evaluated again until then, each time in one step, which no change of the page comes into.
   */
  void await(String expression) throws Exception {
    String tried =
        "(() => { try { return Boolean(" + expression + ") } catch { return false } })()";
    long end = System.nanoTime() + DEADLINE.toNanos();
    while (!isTrue(tried)) {
      if (System.nanoTime() > end) {
        String text = evaluate("document.body.innerText").asText();
        throw new IOException(
            "not true within %s: %s; errors %s; the page says: %s"
                .formatted(DEADLINE, expression, errors, text));
      }
      TimeUnit.MILLISECONDS.sleep(50);
    }
  }

  /** Whether an expression is true; in a page that is just being replaced none is. */
  private boolean isTrue(String expression) throws Exception {
    try {
      return evaluate(expression).asBoolean();
    } catch (PageReplacedException e) {
      return false;
    }
  }

  /**
   * Clicks an element once it is there and takes clicks, in the same step: between two steps the
   * page, which changes by itself, may have replaced it.
   */
  void click(String element) throws Exception {
    await("((it) => it.isConnected && !it.disabled && (it.click(), true))(%s)".formatted(element));
  }

  /** Presses a key of one letter or character. */
  void press(String key) throws Exception {
    for (String type : List.of("keyDown", "keyUp")) {
      call("Input.dispatchKeyEvent", Map.of("type", type, "key", key, "text", key));
    }
  }

  /** Gives the page a size and a colour scheme, {@code light} or {@code dark}. */
  void show(int width, int height, String scheme) throws Exception {
    call(
        "Emulation.setDeviceMetricsOverride",
        Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
    Map<String, String> feature = Map.of("name", "prefers-color-scheme", "value", scheme);
    Map<String, String> still = Map.of("name", "prefers-reduced-motion", "value", "reduce");
    call("Emulation.setEmulatedMedia", Map.of("features", List.of(feature, still)));
  }

  /** Writes what is seen of the page to a PNG file. */
  void photograph(Path file) throws Exception {
    String data = call("Page.captureScreenshot", Map.of("format", "png")).get("data").asText();
    Files.write(file, Base64.getDecoder().decode(data));
  }

  List<String> errors() {
    return new ArrayList<>(errors);
  }

  @Override
  public void close() throws IOException {
    http.shutdownNow();
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        throw new IOException("chromium has not ended");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
