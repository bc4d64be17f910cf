// What drivers in JavaScript share. contract.py says what a driver is.

// Characters after which an interrupting caller has heard something.
export const ENOUGH = 10;

// Of two usages, { input, output } or null.
export const added = (first, second) =>
  first && second ? { input: first.input + second.input, output: first.output + second.output } : first || second;
