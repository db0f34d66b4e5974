/**
 * Spans of time as people read them.
 */

/**
 * ```ts
 * import * as Time from "greenlang/render/Time"
 *
 * Time.format(0.42) // => "0.4 ms"
 * Time.format(1234) // => "1.2 s"
 * Time.format(75_000) // => "1 min 15 s"
 * Time.format(5_400_000) // => "1 h 30 min"
 * ```
 *
 * @category rendering
 */
export const format = (millis: number): string => {
  if (millis < 9.95) return `${millis.toFixed(1)} ms`
  if (millis < 999.5) return `${Math.round(millis)} ms`
  if (millis < 59_950) return `${(millis / 1000).toFixed(1)} s`
  if (millis < 3_599_500) {
    const seconds = Math.round(millis / 1000)
    return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  }
  const minutes = Math.round(millis / 60_000)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/**
 * An estimate, to no more digits than it deserves.
 *
 * ```ts
 * import * as Time from "greenlang/render/Time"
 *
 * Time.roughly(3_456) // => "5 s"
 * Time.roughly(83_000) // => "1 min"
 * ```
 *
 * @category rendering
 */
export const roughly = (millis: number): string => {
  if (millis < 57_500) return `${Math.max(5, Math.round(millis / 5000) * 5)} s`
  if (millis < 5_400_000) return `${Math.round(millis / 60_000)} min`
  return `${Math.round(millis / 3_600_000)} h`
}
