package dev.tandem.index.measure;

import java.util.Arrays;
import java.util.Map;
import java.util.function.IntFunction;

/**
 * One query's ranking seen through its judgements: the grade at each rank and the counts every
 * measure needs. trec_eval's RES_RELS.
 */
public final class JudgedRanking {

  /** Grade of a retrieved passage that is not in the qrels. */
  static final int NOT_IN_POOL = -1;

  /** Grade of a retrieved passage that the qrels name with a negative grade. */
  static final int UNJUDGED = -2;

  private final int[] grades;
  private final int retrieved;
  private final int relevant;
  private final int relevantRetrieved;
  private final int unjudgedRetrieved;
  private final int[] judgedAtGrade;
  private final int relevanceLevel;
  private final long collectionSize;

  /**
   * @param passageAt the passage's id at each rank from 0, best first in trec_eval's order
   * @param size how many were retrieved
   * @param judgements passage id to grade
   */
  JudgedRanking(
      IntFunction<String> passageAt,
      int size,
      Map<String, Integer> judgements,
      EvaluationOptions options) {
    relevanceLevel = options.relevanceLevel();
    collectionSize = options.collectionSize();
    int[] seen = new int[Math.min(size, options.maxPerTopic())];
    int ranks = 0;
    int relevantSeen = 0;
    int unjudgedSeen = 0;
    for (int i = 0; i < seen.length; i++) {
      Integer judged = judgements.get(passageAt.apply(i));
      int grade = judged == null ? NOT_IN_POOL : judged < 0 ? UNJUDGED : judged;
      if (grade < 0) {
        if (options.judgedOnly()) {
          continue;
        }
        unjudgedSeen++;
      } else if (grade >= relevanceLevel) {
        relevantSeen++;
      }
      seen[ranks++] = grade;
    }
    grades = seen;
    retrieved = ranks;
    relevantRetrieved = relevantSeen;
    unjudgedRetrieved = unjudgedSeen;

    int highest = -1;
    for (int grade : judgements.values()) {
      highest = Math.max(highest, grade);
    }
    judgedAtGrade = new int[highest + 1];
    for (int grade : judgements.values()) {
      if (grade >= 0) {
        judgedAtGrade[grade]++;
      }
    }
    int relevantJudged = 0;
    for (int grade = relevanceLevel; grade <= highest; grade++) {
      relevantJudged += judgedAtGrade[grade];
    }
    relevant = relevantJudged;
  }

  /** A view of another ranking's grades and counts. */
  private JudgedRanking(JudgedRanking all, int[] grades, int relevanceLevel) {
    this.grades = grades;
    this.relevanceLevel = relevanceLevel;
    judgedAtGrade = all.judgedAtGrade;
    collectionSize = all.collectionSize;
    retrieved = grades.length;
    relevantRetrieved = (int) Arrays.stream(grades).filter(g -> g >= relevanceLevel).count();
    unjudgedRetrieved = (int) Arrays.stream(grades).filter(g -> g < 0).count();
    relevant =
        relevanceLevel >= judgedAtGrade.length
            ? 0
            : Arrays.stream(judgedAtGrade, relevanceLevel, judgedAtGrade.length).sum();
  }

  /** The same ranking seen with another relevance level, without the unjudged, or cut off. */
  JudgedRanking restricted(RestrictedMeasure.Restriction to) {
    int level = to.relevanceLevel() == 0 ? relevanceLevel : to.relevanceLevel();
    boolean dropsUnjudged = to.judgedOnly() && unjudgedRetrieved > 0;
    if (level == relevanceLevel && !dropsUnjudged && to.cutoff() >= retrieved) {
      return this;
    }
    int[] seen =
        Arrays.stream(grades, 0, retrieved)
            .filter(grade -> grade >= 0 || !to.judgedOnly())
            .limit(to.cutoff())
            .toArray();
    return new JudgedRanking(this, seen, level);
  }

  /** Number of results. */
  int retrieved() {
    return retrieved;
  }

  /** Grade at a rank from 0; {@link #NOT_IN_POOL} or {@link #UNJUDGED} where there is none. */
  int grade(int rank) {
    return grades[rank];
  }

  /** Whether the passage at this rank is relevant. */
  boolean relevantAt(int rank) {
    return grades[rank] >= relevanceLevel;
  }

  /** Number of relevant passages, retrieved or not. */
  int relevant() {
    return relevant;
  }

  /** Number of relevant results. */
  int relevantRetrieved() {
    return relevantRetrieved;
  }

  /** Number of results without a judgement. */
  int unjudgedRetrieved() {
    return unjudgedRetrieved;
  }

  /** Number of passages judged and found not relevant, retrieved or not. */
  int nonRelevantJudged() {
    return Arrays.stream(judgedAtGrade, 0, Math.min(relevanceLevel, judgedAtGrade.length)).sum();
  }

  /** One more than the highest grade anything was judged with. */
  int gradeCount() {
    return judgedAtGrade.length;
  }

  /** Number of passages judged with this grade. */
  int judgedAt(int grade) {
    return judgedAtGrade[grade];
  }

  /** Number of passages in the collection, 0 where not said. */
  long collectionSize() {
    return collectionSize;
  }
}
