// Where a moment of a recording is in its film, whether pauses are cut out of it or black.
//
// Recall's pages contradict each other on that, so the film's own length decides. A film that is
// far shorter than both readings is the same in quick motion; times are stretched to fit.

const paused = (pauses) => pauses.reduce((sum, [start, end]) => sum + end - start, 0);

/** `totalS` from start to end of the recording, `pauses` as [start, end] in its seconds. */
export function film(totalS, pauses, durationS) {
  const ordered = [...pauses].sort((a, b) => a[0] - b[0]);
  const keptS = totalS - paused(ordered);
  const quick = durationS < keptS * 0.8;
  const cut = !quick && Math.abs(durationS - keptS) < Math.abs(durationS - totalS);
  const shownS = cut ? keptS : totalS;
  // Encoders round to whole frames and add a tail: that is no other tempo.
  const same = Math.abs(durationS - shownS) <= Math.max(5, shownS * 0.02);
  const scale = same || !(shownS > 0) || !(durationS > 0) ? 1 : durationS / shownS;

  return {
    cut,
    scale,
    /** The film's time for a moment of the recording; a moment cut out is where the cut is. */
    filmS(recordingS) {
      const at = Math.min(Math.max(recordingS, 0), totalS || Infinity);
      const gone = cut
        ? ordered.reduce((sum, [start, end]) => sum + Math.max(0, Math.min(at, end) - start), 0)
        : 0;
      return Math.min((at - gone) * scale, durationS);
    },
    /** The moment of the recording that is on the screen at this time of the film. */
    recordingS(filmS) {
      let at = filmS / scale;
      if (cut) {
        for (const [start, end] of ordered) {
          if (start > at) break;
          at += end - start;
        }
      }
      return totalS ? Math.min(at, totalS) : at;
    },
    /** The film's time for a line of the transcript: Recall counts its seconds in the file. */
    lineS: (saidS) => Math.min(Math.max(saidS * scale, 0), durationS),
    /** The second of the transcript that is heard at this time of the film. */
    saidS: (filmS) => filmS / scale,
  };
}
