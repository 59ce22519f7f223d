package dev.tandem.jobs.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConfigDocsTest {
  private final Config reference = ConfigLoader.reference();

  @Test
  void thePageIsUpToDate() throws IOException {
    Recorded.assertSame(
        Path.of("../docs/configuration.md"),
        new ConfigDocs(KeySchema.TANDEM, reference).markdown());
  }

  @Test
  void everyKeyIsInTheReferenceWithAComment() {
    for (Key key : KeySchema.TANDEM.keys().values()) {
      if (key.path().startsWith("data.train.") || key.path().startsWith("data.validation.")) {
        continue; // explained at data
      }
      ConfigValue value = reference.root();
      for (String name : key.path().split("\\.")) {
        value = ((ConfigObject) value).get(name);
        assertThat(value).as("%s in reference.conf", key.path()).isNotNull();
      }
      assertThat(value.origin().comments()).as("comment above %s", key.path()).isNotEmpty();
    }
  }
}
