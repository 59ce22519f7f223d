package dev.tandem.jobs.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Writes {@code docs/configuration.md}: the comments and defaults of {@code reference.conf}, and
 * what the records say is valid.
 */
final class ConfigDocs {
  private static final String INTRODUCTION =
      """
      <!-- Generated from reference.conf and the configuration records by ConfigDocs. Do not edit;
           ConfigDocsTest says how to write it anew. -->
      # Configuration

      Tandem reads its configuration in three layers, later ones winning: the defaults below, the
      files named with `--config` in their order, and `key=value` on the command line.

      ```
      submit/tandem train --config conf/mine.conf train.epochs=2 data.train.queries=queries.tsv
      ```

      Files are [HOCON](https://github.com/lightbend/config/blob/main/HOCON.md): JSON with comments,
      with dots in keys, `include "other.conf"`, and substitutions as `${experiment.name}` or, from the
      environment, `${?WORKSPACE}`. Texts on the command line need no quotes: `data.query-prefix=query: `.
      Properties of Spark go under `spark.conf` by their full names:
      `spark.conf.spark.executor.memory=8g`.

      Everything wrong is reported at once, before Spark starts, with where it comes from and what is
      valid, and the command ends with status 2. `--dry-run` shows each value and its origin.
      """;

  private final KeySchema schema;
  private final Config reference;

  ConfigDocs(KeySchema schema, Config reference) {
    this.schema = schema;
    this.reference = reference;
  }

  /** The page, in Markdown. */
  String markdown() {
    StringBuilder page = new StringBuilder(INTRODUCTION);
    page.append("\n## Top level\n\n");
    table("", page);
    for (String name : schema.group("")) {
      if (schema.group(name) != null) {
        section(name, page);
      } else if (isOpen(name)) {
        open(name, page);
      }
    }
    return page.toString();
  }

  private void section(String group, StringBuilder page) {
    page.append("\n## ").append(group).append("\n\n");
    comment(group, page);
    table(group, page);
    for (String name : schema.group(group)) {
      String path = group + "." + name;
      if (isOpen(path)) {
        open(path, page);
      } else if (schema.group(path) != null) {
        subsection(path, page);
      }
    }
  }

  private void subsection(String group, StringBuilder page) {
    page.append("\n### ").append(group).append("\n\n");
    comment(group, page);
    if (reference.getConfig(group).isEmpty()) {
      page.append("The keys of `")
          .append(group, 0, group.lastIndexOf('.'))
          .append("`: ")
          .append(
              schema.group(group).stream()
                  .map(name -> "`" + name + "`")
                  .collect(Collectors.joining(", ")))
          .append(".\n");
    } else {
      table(group, page);
    }
  }

  /** A group with free names: a class and its arguments, or properties. */
  private void open(String path, StringBuilder page) {
    page.append("\n### ").append(path).append("\n\n");
    comment(path, page);
    ConfigObject object = reference.getObject(path);
    if (object.isEmpty()) {
      return;
    }
    page.append("Default:\n\n```\n").append(path).append(" {\n");
    List<String> names = new ArrayList<>(object.keySet());
    names.sort(ConfigDocs::classFirst);
    for (String name : names) {
      page.append("  ").append(name).append(" = ").append(Values.show(object.get(name)));
      page.append('\n');
    }
    page.append("}\n```\n");
  }

  private static int classFirst(String a, String b) {
    return a.equals("class") ? -1 : b.equals("class") ? 1 : a.compareTo(b);
  }

  private boolean isOpen(String path) {
    Key key = schema.keys().get(path);
    return key != null && (key.kind() == Key.Kind.CLASS || key.kind() == Key.Kind.PROPERTIES);
  }

  private void comment(String path, StringBuilder page) {
    String text = comment(reference.getValue(path));
    if (!text.isEmpty()) {
      page.append(text).append("\n\n");
    }
  }

  private static String comment(ConfigValue value) {
    return value.origin().comments().stream()
        .map(String::strip)
        .collect(Collectors.joining(" "))
        .strip();
  }

  private void table(String group, StringBuilder page) {
    StringBuilder rows = new StringBuilder();
    for (String name : schema.group(group)) {
      String path = group.isEmpty() ? name : group + "." + name;
      Key key = schema.keys().get(path);
      if (key != null && !isOpen(path)) {
        ConfigValue value = value(path);
        rows.append("| `").append(path).append("` | ");
        rows.append(cell(value)).append(" | ");
        rows.append(key.expectation().replace("|", "\\|")).append(" | ");
        rows.append(comment(value).replace("|", "\\|").replace("<", "&lt;")).append(" |\n");
      }
    }
    if (!rows.isEmpty()) {
      page.append("| key | default | valid | meaning |\n|---|---|---|---|\n").append(rows);
    }
  }

  private static String cell(ConfigValue value) {
    String text = Values.show(value).replace("|", "\\|");
    return "`" + text.replace(",", ", ") + "`";
  }

  private ConfigValue value(String path) {
    ConfigValue value = reference.root();
    for (String name : path.split("\\.", -1)) {
      value = ((ConfigObject) value).get(name);
    }
    return value;
  }
}
