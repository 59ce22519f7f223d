package dev.tandem.model.optimize;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.learning.config.AdaDelta;
import org.nd4j.linalg.learning.config.Adam;
import org.nd4j.linalg.learning.config.Nesterovs;
import org.nd4j.linalg.learning.config.RmsProp;
import org.nd4j.linalg.learning.config.Sgd;
import org.nd4j.linalg.schedule.FixedSchedule;
import org.nd4j.linalg.schedule.PolySchedule;
import org.nd4j.linalg.schedule.ScheduleType;

class UpdaterFactoryTest {
  @Test
  void setsWhatIsGivenAndKeepsOtherDefaults() {
    assertThat(
            UpdaterFactory.create(
                "Adam", Map.of("learning-rate", 0.5, "beta2", 0.98, "epsilon", "1e-6"), null))
        .isEqualTo(new Optimizer(new Adam(0.5, 0.9, 0.98, 1e-6), 0));
    assertThat(UpdaterFactory.create("RmsProp", Map.of("rms-decay", 0.8), null).updater())
        .isEqualTo(new RmsProp(RmsProp.DEFAULT_RMSPROP_LEARNING_RATE, 0.8, 1e-8));
  }

  @Test
  void takesFullNames() {
    assertThat(
            UpdaterFactory.create(
                    "org.nd4j.linalg.learning.config.Sgd", Map.of("learning-rate", 1), null)
                .updater())
        .isEqualTo(new Sgd(1));
  }

  @Test
  void adamWHasDecoupledWeightDecay() {
    Optimizer optimizer =
        UpdaterFactory.create(
            "AdamW",
            Map.of("learning-rate", 2e-5, "weight-decay", 0.1),
            new WarmupLinear(2e-5, 1, 10));
    assertThat(optimizer.weightDecay()).isEqualTo(0.1);
    assertThat(optimizer.updater().getLearningRate(1, 0)).isEqualTo(2e-5);
    assertThat(optimizer.updater().getLearningRate(10, 0)).isZero();
    assertThat(UpdaterFactory.create("AdamW", Map.of(), null).weightDecay()).isEqualTo(0.01);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "AMSGrad",
        "AdaBelief",
        "AdaGrad",
        "AdaMax",
        "Adam",
        "AdamW",
        "Nadam",
        "Nesterovs",
        "RmsProp",
        "Sgd"
      })
  void everyUpdaterWithALearningRateTakesASchedule(String name) {
    Optimizer optimizer =
        UpdaterFactory.create(name, Map.of("learning-rate", 0.25), new FixedSchedule(0.125));
    assertThat(optimizer.learningRate()).isEqualTo(0.125);
    assertThat(UpdaterFactory.create(name, Map.of("learning-rate", 0.25), null).learningRate())
        .isEqualTo(0.25);
  }

  @Test
  void updatersWithoutALearningRateTakeNoSchedule() {
    assertThat(
            UpdaterFactory.create("AdaDelta", Map.of("rho", 0.5), new FixedSchedule(1)).updater())
        .isEqualTo(new AdaDelta(0.5, AdaDelta.DEFAULT_ADADELTA_EPSILON));
    InvalidArgumentsException e = problems("NoOp", Map.of(), new WarmupLinear(1, 0, 10));
    assertThat(e).hasMessageContaining("use the schedule Constant");
  }

  @Test
  void readsNestedSchedules() {
    Nesterovs updater =
        (Nesterovs)
            UpdaterFactory.create(
                    "Nesterovs",
                    Map.of(
                        "momentum-schedule",
                        Map.of(
                            "class",
                            "PolySchedule",
                            "initial-value",
                            0.9,
                            "power",
                            1,
                            "max-iter",
                            100)),
                    null)
                .updater();
    assertThat(updater.getMomentumISchedule())
        .isEqualTo(new PolySchedule(ScheduleType.ITERATION, 0.9, 1, 100));
    InvalidArgumentsException e =
        problems(
            "Nesterovs",
            Map.of("momentum-schedule", Map.of("class", "PolySchedule", "pover", 1)),
            null);
    assertThat(e.problems())
        .extracting(ArgumentProblem::key)
        .containsExactly(
            "momentum-schedule.initial-value",
            "momentum-schedule.power",
            "momentum-schedule.max-iter",
            "momentum-schedule.pover");
  }

  @Test
  void tellsAllProblemsAtOnce() {
    InvalidArgumentsException e =
        problems(
            "AdamW",
            Map.of("learning-rat", 1, "beta1", "high", "epsilon", -1, "weight-decay", -2),
            null);
    assertThat(e.problems())
        .containsExactlyInAnyOrder(
            new ArgumentProblem("beta1", "high", "must be a number"),
            new ArgumentProblem("epsilon", "-1", "must be at least 0"),
            new ArgumentProblem("weight-decay", "-2", "must be at least 0"),
            new ArgumentProblem(
                "learning-rat",
                "1",
                "AdamW has no argument of this name; did you mean learning-rate?"));
  }

  @Test
  void suggestsTheNearestClass() {
    assertThat(problems("Adm", Map.of(), null).problems())
        .isEqualTo(
            List.of(
                new ArgumentProblem(
                    "class", "Adm", "no updater of this name; did you mean Adam?")));
    assertThat(problems("com.example.Nothing", Map.of(), null))
        .hasMessage("class = com.example.Nothing: no such class on the class path");
    assertThat(problems("java.lang.String", Map.of(), null))
        .hasMessageContaining("not an implementation of org.nd4j.linalg.learning.config.IUpdater");
  }

  private static InvalidArgumentsException problems(
      String name, Map<String, ?> arguments, org.nd4j.linalg.schedule.ISchedule schedule) {
    return catchThrowableOfType(
        () -> UpdaterFactory.create(name, arguments, schedule), InvalidArgumentsException.class);
  }
}
