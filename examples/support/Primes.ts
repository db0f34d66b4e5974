/**
 * Some hundred milliseconds of work for a processor.
 */

/** How many primes are below `limit`, found the slow way. */
export const countPrimes = (limit: number): number => {
  let count = 0
  for (let n = 2; n < limit; n++) {
    let divisor = 2
    while (divisor * divisor <= n && n % divisor !== 0) divisor++
    if (divisor * divisor > n) count++
  }
  return count
}

/** Two of them. */
export const limits = [1_000_000, 1_000_001]
