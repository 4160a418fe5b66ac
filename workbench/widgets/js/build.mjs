// Builds each panel, a folder with an index.jsx, into one script and one style sheet in the folder
// given (default ../static), with the licences of what is bundled beside them; and each library, a
// folder with a library.js, into a script that panels fetch when they need it.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const target = resolve(process.argv[2] ?? join(here, "..", "static"));
const entries = ["index.jsx", "library.js"].flatMap((file) =>
  readdirSync(here)
    .filter((name) => existsSync(join(here, name, file)))
    .map((name) => [name, `./${name}/${file}`]),
);

const { metafile } = await build({
  absWorkingDir: here,
  entryPoints: Object.fromEntries(entries),
  outdir: target,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  jsx: "automatic",
  jsxImportSource: "preact",
  legalComments: "none", // they are in licenses.txt, whole
  metafile: true,
  logLevel: "warning",
});

/** The packages that something of was bundled. */
function bundled() {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs));
  const names = inputs.map((path) => /node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1]);
  return [...new Set(names.filter(Boolean))].sort();
}

function licence(name) {
  const folder = join(here, "node_modules", name);
  const about = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
  const text = readFileSync(join(folder, file), "utf8")
    .trim()
    .replace(/[ \t]+$/gm, "");
  return `${name} ${about.version} (${about.license})\n\n${text}\n`;
}

mkdirSync(target, { recursive: true });
const line = `\n${"-".repeat(80)}\n\n`;
writeFileSync(join(target, "licenses.txt"), bundled().map(licence).join(line));
