/** Of the page: readable on a narrow screen, light and dark as the reader's system is. */
export const STYLE = `
:root {
  --back: #fff; --text: #1f2328; --soft: #59636e; --line: #d1d9e0; --block: #f6f8fa; --link: #0969da;
  --add: #dafbe1; --del: #ffebe9; --mod: #fff8c5; --key: #0550ae; --string: #0a3069; --number: #953800; --word: #8250df;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0d1117; --text: #e6edf3; --soft: #9198a1; --line: #3d444d; --block: #151b23; --link: #4493f8;
    --add: #12361f; --del: #43191b; --mod: #3b2e0b; --key: #79c0ff; --string: #a5d6ff; --number: #ffa657; --word: #d2a8ff;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; }
main { max-width: 72rem; margin: 0 auto; padding: 1rem; }
h2 { margin: 0 0 .75rem; } h3 { margin: 2rem 0 .75rem; border-bottom: 1px solid var(--line); }
a { color: var(--link); }
code, pre { font: 13px/1.45 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
:not(pre) > code { background: var(--block); border: 1px solid var(--line); border-radius: 4px; padding: 0 .25em; }
pre { margin: 0; overflow-x: auto; background: var(--block); padding: .5rem 0; overflow-wrap: normal; }
pre code { display: block; width: max-content; min-width: 100%; }
main > pre { border: 1px solid var(--line); border-radius: 6px; padding: .5rem .75rem; white-space: pre-wrap; overflow-wrap: anywhere; }
main > pre code { width: auto; }
pre span[class] { white-space: pre; }
pre code > span { display: block; padding: 0 .75rem; min-height: 1.45em; }
.add { background: var(--add); } .del { background: var(--del); } .mod { background: var(--mod); }
.at, .note, .head { color: var(--soft); } .head { font-weight: 600; }
.hljs-attr { color: var(--key); } .hljs-string { color: var(--string); } .hljs-number, .hljs-literal { color: var(--number); }
.hljs-meta, .hljs-keyword { color: var(--word); } .hljs-comment { color: var(--soft); font-style: italic; }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; overflow: hidden; }
summary { cursor: pointer; padding: .4rem .75rem; background: var(--block); }
summary:focus-visible { outline: 2px solid var(--link); outline-offset: -2px; }
details[open] > summary { border-bottom: 1px solid var(--line); }
summary b { color: inherit; }
details > :not(summary, pre) { margin: .5rem .75rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; } th, td { border: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
td { min-width: 6rem; }
blockquote { margin: 0 0 1rem; padding: .25rem .75rem; border-left: 4px solid #d4a72c; background: var(--mod); }
ul { padding-left: 1.25rem; }
@media (max-width: 40rem) { main { padding: .6rem; } body { font-size: 14px; } code, pre { font-size: 12px; } pre code > span { padding: 0 .4rem; } }
`;
