declare const launch: {
  run(args: readonly string[]): void;
  readonly NODE_FLAGS: readonly string[];
  readonly SERVER_FLAGS: readonly string[];
  readonly ENVIRONMENT: Readonly<Record<string, string>>;
};
export = launch;
