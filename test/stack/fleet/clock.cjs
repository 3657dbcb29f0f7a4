// Required before anything else (node --require): a clock that is wrong by CLOCK_ERROR_MS.
const error = Number(process.env.CLOCK_ERROR_MS);
const now = Date.now;
globalThis.Date = class extends Date {
  constructor(...args) {
    if (args.length > 0) super(...args);
    else super(now() + error);
  }

  static now() {
    return now() + error;
  }
};
