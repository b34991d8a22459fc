/** Loads every entry point of the packages both ways, and prints how many there are. */
const packages = ['bpf', 'cli', 'options', 'runtime', 'syscall-tables'];

/** The launcher is a program that is started, not imported. */
const entries = packages.flatMap((name) => {
  const { exports } = require(`@qseccomp/${name}/package.json`);
  const paths = Object.keys(exports).filter((path) => exports[path].default !== undefined);
  return paths.map((path) => `@qseccomp/${name}${path.slice(1)}`);
});

async function load() {
  for (const entry of entries) {
    const names = Object.keys(await import(entry));
    const required = Object.keys(require(entry));
    if (names.join() !== required.join())
      throw new Error(`${entry}: ${names} by import, ${required} by require`);
  }
  console.log(entries.join('\n'));
}

load();
