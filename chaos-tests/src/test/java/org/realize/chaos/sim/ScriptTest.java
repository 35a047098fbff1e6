package org.realize.chaos.sim;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ScriptTest {

  @Test
  void parse_textOfAScript_isTheScript() {
    for (long seed = 0; seed < 50; seed++) {
      for (Script.Form form : Script.Form.values()) {
        Script script = form.script(seed);

        assertThat(Script.parse("# a remark\n\n" + script.text())).isEqualTo(script);
      }
    }
  }
}
