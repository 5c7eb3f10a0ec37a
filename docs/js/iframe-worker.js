// Search runs in a web worker, which browsers refuse to start from file://. There, and only there, an
// iframe takes its place: same script, same messages.
if (location.protocol === "file:") {
  window.Worker = class extends EventTarget {
    constructor(url) {
      super();
      const frame = document.createElement("iframe");
      frame.hidden = true;
      document.body.appendChild(frame);
      this.frame = frame;
      addEventListener("message", (event) => {
        if (event.source === frame.contentWindow)
          this.dispatchEvent(new MessageEvent("message", { data: event.data }));
      });
      this.ready = new Promise((resolve) => (frame.onload = resolve));
      frame.srcdoc = `<script>
        postMessage = (data) => parent.dispatchEvent(
          new MessageEvent("message", { data, source: window }));
        importScripts = (...urls) => urls.reduce((last, url) => last.then(() => new Promise((done, failed) => {
          const script = document.createElement("script");
          Object.assign(script, { src: url, onload: done, onerror: failed });
          document.body.appendChild(script);
        })), Promise.resolve());
      <\/script><script src="${url}"><\/script>`;
    }
    postMessage(data) {
      this.ready.then(() =>
        this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })));
    }
    terminate() {
      this.frame.remove();
    }
  };
}
