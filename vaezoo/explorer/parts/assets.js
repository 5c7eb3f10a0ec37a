// Where the wasm and the graphs come from: this page itself, or files beside it on a web server.

import { fromBase64, unzipped } from "./arrays.js";

const inPage = (id) => document.getElementById(id).textContent.trim();
const isZipped = (bytes) => bytes[0] === 0x1f && bytes[1] === 0x8b; // some servers unzip
const unpacked = (id) => unzipped(fromBase64(inPage(id)));

/** All inside the page, compressed: nothing is requested. */
const inside = {
  async module() {
    const code = await unpacked("runtime-module");
    return URL.createObjectURL(new Blob([code], { type: "text/javascript" }));
  },
  wasm: () => unpacked("runtime-wasm"),
  graph: (file) => unpacked(`graph-${file}`),
};

/** Beside the page, of which many pages may share the wasm. */
function beside({ module, wasm, graphs }) {
  const fetched = async (path) => {
    const answer = await fetch(new URL(path, document.baseURI));
    if (!answer.ok) throw new Error(`${path}: the server answers ${answer.status}`);
    return new Uint8Array(await answer.arrayBuffer());
  };
  return {
    module: async () => new URL(module, document.baseURI).href,
    async wasm() {
      const bytes = await fetched(wasm);
      return isZipped(bytes) ? unzipped(bytes) : bytes;
    },
    graph: (file) => fetched(graphs + file),
  };
}

export const assetsOf = (places) => (places ? beside(places) : inside);
