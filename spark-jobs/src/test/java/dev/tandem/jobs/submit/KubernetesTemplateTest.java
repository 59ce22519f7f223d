package dev.tandem.jobs.submit;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code submit/kubernetes/nightly-reindex.yaml}, against what the script does. */
class KubernetesTemplateTest {
  /** What the script gives an alert command, in seconds. */
  private static final int ALERT = 300;

  private String template;

  @BeforeEach
  void read() throws IOException {
    template =
        Files.readString(
            Path.of("../submit/kubernetes/nightly-reindex.yaml"), StandardCharsets.UTF_8);
  }

  private String find(String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(template);
    assertThat(matcher.find()).as(pattern).isTrue();
    return matcher.group(1);
  }

  /** The configuration, as it is where the fields of a pod are put into its environment. */
  private Config configuration() {
    String text = find("(?s)\n  nightly\\.conf: \\|\n(.*?)\n---").replaceAll("(?m)^    ", "");
    Map<String, String> fields = new HashMap<>();
    Pattern.compile("- name: (\\w+)\\s+valueFrom:\\s+fieldRef:\\s+fieldPath: (\\S+)")
        .matcher(template)
        .results()
        .forEach((MatchResult field) -> fields.put(field.group(1), "field " + field.group(2)));
    return ConfigFactory.parseString(text).resolveWith(ConfigFactory.parseMap(fields));
  }

  @Test
  void executorsConnectToTheirOwnDriverAlsoWhereTwoJobsRun() {
    Config conf = configuration().getConfig("spark.conf");

    assertThat(conf.getString("\"spark.driver.host\"")).isEqualTo("field status.podIP");
    assertThat(conf.getString("\"spark.kubernetes.driver.pod.name\""))
        .isEqualTo("field metadata.name");
    assertThat(template).doesNotContain("kind: Service\n");
  }

  @Test
  void onlyThePodThatIsLostIsStartedAgain() {
    assertThat(find("values: \\[(.*)\\]").split(", "))
        .as("status 1 was tried again by the script")
        .containsExactly("1", "2", "3", "4", "124");
  }

  @Test
  void theDeadlineLeavesEveryPodItsTime() {
    int pods = 1 + Integer.parseInt(find("backoffLimit: (\\d+)"));
    int run = Integer.parseInt(find("--timeout=(\\d+)h")) * 3600;
    int grace = Integer.parseInt(find("--grace=(\\d+)s"));

    assertThat(Integer.parseInt(find("activeDeadlineSeconds: (\\d+)")))
        .isGreaterThan(pods * (run + grace + ALERT));
    assertThat(Integer.parseInt(find("terminationGracePeriodSeconds: (\\d+)")))
        .as("from the signal to the pod's kill")
        .isGreaterThan(grace);
  }

  @Test
  void theTerminationMessageIsNotLongerThanKubernetesTakes() {
    assertThat(find("--alert=(.*)")).isEqualTo("head -c 4096 > /dev/termination-log");
  }
}
