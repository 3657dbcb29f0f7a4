/** The seed of a random test: a new one a run, or PORTKNOCK_SEED to repeat one. Printed, so that one can. */
export function seed(): number {
  const given = process.env.PORTKNOCK_SEED;
  const value = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  console.log(`PORTKNOCK_SEED=${value}`);
  return value;
}
