package dev.tandem.jobs.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** The machine that figures were taken on. */
final class Machine {
  private static final Path PROCESSORS = Path.of("/proc/cpuinfo");
  private static final List<String> TELLING =
      List.of(
          "avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "amx_int8", "asimd", "sve");

  private Machine() {}

  /** What there is to say of it, by name. */
  static Map<String, String> describe() {
    List<String> lines = processorLines(PROCESSORS);
    OperatingSystemMXBean system =
        (OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
    Map<String, String> machine = new LinkedHashMap<>();
    machine.put("cpu", field(lines, "model name", System.getProperty("os.arch")));
    String flags = flags(lines);
    if (!flags.isEmpty()) {
      machine.put("instructions", flags);
    }
    machine.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
    machine.put("memory", gib(system.getTotalMemorySize()));
    machine.put("heap", gib(Runtime.getRuntime().maxMemory()));
    machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
    machine.put("jdk", System.getProperty("java.vendor") + " " + Runtime.version());
    machine.put("load-average", String.format(Locale.ROOT, "%.2f", system.getSystemLoadAverage()));
    return machine;
  }

  static List<String> processorLines(Path file) {
    try {
      return Files.readAllLines(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      return List.of(); // no Linux
    }
  }

  static String field(List<String> lines, String name, String otherwise) {
    return lines.stream()
        .filter(line -> line.startsWith(name) && line.contains(":"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst()
        .orElse(otherwise);
  }

  static String flags(List<String> lines) {
    String all = field(lines, "flags", field(lines, "Features", ""));
    Set<String> there = Set.copyOf(Arrays.asList(all.split("\\s+")).stream().distinct().toList());
    return TELLING.stream().filter(there::contains).collect(Collectors.joining(" "));
  }

  private static String gib(long bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1 << 30));
  }
}
