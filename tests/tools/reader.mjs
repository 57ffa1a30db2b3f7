// Reads a book as a person does: opens it in a browser reader (foliate-js in Chromium), pages through every chapter,
// follows the contents, the links between chapters and a footnote, and looks at what is shown.
//
//   node tests/tools/reader.mjs BOOK.epub [--shots DIR] [--dark] [--size phone|ereader]
//
// Prints what it saw and what was wrong, one line each; the exit status is 1 when something was. Packages are found
// in WENJI_NPM, the folder that tests/run fills; nothing outside of the loopback is asked.

import { createServer } from 'node:http';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, normalize, resolve } from 'node:path';

const packages = process.env.WENJI_NPM ?? resolve(import.meta.dirname, '../../.checks/npm/node_modules');
const puppeteer = createRequire(join(packages, 'x.js'))('puppeteer-core');

const SIZES = {
  phone: { width: 390, height: 844, deviceScaleFactor: 2 },
  ereader: { width: 758, height: 1024, deviceScaleFactor: 1 },
};

// A reader with a window for notes, as small as it can be. Its style sheet is a reader's: it has faces for Chinese, asides
// that are notes are shown in the window alone, and the colours of the page follow the machine.
const PAGE = `<!DOCTYPE html><meta charset="utf-8"><title>reader</title>
<style>
  html, body { margin: 0; height: 100%; color-scheme: light dark; background: Canvas; }
  foliate-view { display: block; height: 100%; }
  #note { position: fixed; z-index: 1; inset: auto 8% 12%; width: auto; height: 34%; margin: 0; padding: 0 1em; border: 1px solid GrayText; border-radius: 8px; background: Canvas; }
</style>
<dialog id="note"></dialog>
<script type="module">
  import { makeBook } from '/foliate/view.js';
  import { FootnoteHandler } from '/foliate/footnotes.js';
  const face = (family, file, weight) => \`@font-face { font-family: "\${family}"; font-weight: \${weight}; src: url(\${location.origin}/fonts/\${file}.ttf) }\`;
  const SHEET = [
    face('Reader', 'NotoSerifSC-Regular', 400), face('Reader', 'NotoSerifSC-Bold', 700),
    face('Kaiti SC', 'LXGWWenKai-Regular', 400), face('Noto Sans Mono CJK SC', 'NotoSansSC-Regular', 400),
    face('Source Code Pro', 'SourceCodePro-Regular', 400),
    'html { color-scheme: light dark; font-family: "Source Serif 4", serif, Reader }',
  ].join(' ');
  const HIDDEN = '@namespace epub "http://www.idpf.org/2007/ops"; aside[epub|type~="footnote"] { display: none }';
  const dialog = document.querySelector('#note');
  const notes = new FootnoteHandler();
  notes.addEventListener('before-render', ({ detail: { view } }) => {
    dialog.replaceChildren(view);
    dialog.show();
    view.renderer.setAttribute('flow', 'scrolled');
    view.renderer.setStyles(SHEET);
  });
  notes.addEventListener('render', ({ detail }) => {
    window.note = { type: detail.type, text: detail.view.renderer.getContents()[0].doc.body.textContent.trim() };
  });
  window.openBook = async url => {
    const book = await makeBook(new File([await (await fetch(url)).blob()], 'book.epub'));
    const view = document.createElement('foliate-view');
    document.body.append(view);
    await view.open(book);
    view.renderer.setStyles(SHEET + HIDDEN);
    view.addEventListener('link', event => notes.handle(book, event)?.catch(error => { window.note = { error: String(error) } }));
    Object.assign(window, { book, view, dialog });
  };
</script>`;

const TYPES = { js: 'text/javascript', html: 'text/html', epub: 'application/epub+zip', ttf: 'font/ttf' };

function serve(epub) {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    const reply = (type, body) => response.writeHead(200, { 'Content-Type': type, 'Cache-Control': 'max-age=600' }).end(body);
    try {
      if (path === '/') return reply(TYPES.html, PAGE);
      if (path === '/book.epub') return reply(TYPES.epub, readFileSync(epub));
      const [, room, ...rest] = path.split('/');
      const folder = { foliate: join(packages, 'foliate-js'), fonts: resolve(import.meta.dirname, '../../fonts') }[room];
      return reply(TYPES[path.split('.').pop()] ?? 'text/plain', readFileSync(join(folder, ...rest)));
    } catch {
      return response.writeHead(404).end();
    }
  });
  return new Promise(done => server.listen(0, '127.0.0.1', () => done(server)));
}

function readArguments(words) {
  const options = { size: 'ereader', dark: false };
  for (let i = 0; i < words.length; i++) {
    if (words[i] === '--dark') options.dark = true;
    else if (words[i] === '--size') options.size = words[++i];
    else if (words[i] === '--shots') options.shots = words[++i];
    else options.book = words[i];
  }
  return options;
}

const options = readArguments(process.argv.slice(2));
const faults = [];
const wrong = message => { faults.push(message); console.log(`wrong: ${message}`); };
const server = await serve(options.book);
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await puppeteer.launch({
  executablePath: process.env.PUPPETEER_EXECUTABLE_PATH ?? '/usr/bin/chromium',
  headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

try {
  const page = await browser.newPage();
  await page.setViewport(SIZES[options.size]);
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: options.dark ? 'dark' : 'light' }]);
  page.on('pageerror', error => wrong(`the page says: ${error.message}`));
  // What is left behind by turning the page is called off.
  page.on('requestfailed', request => {
    if (request.failure().errorText !== 'net::ERR_ABORTED') wrong(`not loaded: ${request.url()} (${request.failure().errorText})`);
  });
  page.on('request', request => {
    const url = request.url();
    if (![origin, `blob:${origin}`, 'data:', 'about:'].some(start => url.startsWith(start))) wrong(`the book asks for ${url}`);
  });
  await page.goto(origin);
  await page.waitForFunction(() => window.openBook);
  await page.evaluate(() => window.openBook('/book.epub'));
  await readThrough(page);
  await followContents(page);
  await followNote(page);
  if (options.shots) await takeShots(page);
} finally {
  await browser.close();
  server.close();
}
console.log(faults.length ? `${faults.length} faults` : 'nothing is wrong');
process.exit(faults.length ? 1 : 0);

// Turns page after page from the beginning to the end; every section must come, in order, with its pictures.
async function readThrough(page) {
  const seen = await page.evaluate(async () => {
    const sections = [];
    let pages = 0;
    await view.goTo(0);
    const arrival = () => new Promise(done => {
      view.addEventListener('relocate', () => done(true), { once: true });
      setTimeout(() => done(false), 2000);
    });
    for (let arrived = true; arrived; pages++) {
      const [{ doc, index }] = view.renderer.getContents();
      if (sections.at(-1)?.index !== index) {
        const broken = [...doc.images].filter(image => image.complete && !image.naturalWidth).map(image => image.getAttribute('src'));
        const column = view.renderer.getBoundingClientRect().width;
        const wide = [...doc.body.querySelectorAll('p, li, pre, table, img, figure, math, h1, h2, h3')]
          .filter(element => [...element.getClientRects()].some(rect => rect.width > column));
        sections.push({ index, broken, wide: wide.map(element => element.outerHTML.slice(0, 80)), text: doc.body.textContent.trim().length });
      }
      const next = arrival();
      await view.next();
      arrived = await next;
    }
    return { sections, pages, all: book.sections.length };
  });
  console.log(`${seen.pages} pages of ${seen.sections.length} sections`);
  const order = seen.sections.map(section => section.index);
  if (order.join() !== [...Array(seen.all).keys()].join()) wrong(`of ${seen.all} sections these were shown: ${order}`);
  for (const { index, broken, wide, text } of seen.sections) {
    if (broken.length) wrong(`section ${index} has pictures that are not shown: ${broken}`);
    if (wide.length) wrong(`section ${index} is wider than the page: ${wide.join(' ')}`);
    if (!text && index > 0) wrong(`section ${index} is empty`);
  }
}

// Every entry of the contents, the landmarks and the page list leads to a place that exists.
async function followContents(page) {
  const result = await page.evaluate(async () => {
    const flat = items => (items ?? []).flatMap(item => [item, ...flat(item.subitems)]);
    const bad = [];
    const entries = [...flat(book.toc), ...(book.landmarks ?? []), ...(book.pageList ?? [])];
    for (const { href, label } of entries) {
      const target = await book.resolveHref(href);
      const shown = target && await view.goTo(href);
      const [content] = view.renderer.getContents();
      if (!shown || content.index !== target.index || (href.includes('#') && !target.anchor(content.doc))) bad.push(`${label} (${href})`);
    }
    return { bad, count: entries.length, contents: flat(book.toc).length };
  });
  console.log(`${result.contents} entries of the contents, ${result.count} with landmarks and pages`);
  if (!result.contents) wrong('there are no contents');
  for (const entry of result.bad) wrong(`the entry ${entry} leads nowhere`);
}

// Clicks the first call of a note: a window must show what the note says.
async function followNote(page) {
  const at = await page.evaluate(async () => {
    for (let index = 0; index < book.sections.length; index++) {
      await view.goTo(index);
      const [{ doc }] = view.renderer.getContents();
      const call = doc.querySelector('[role="doc-noteref"]');
      if (!call) continue;
      const note = doc.querySelector(call.getAttribute('href'));
      const back = doc.querySelector(note.querySelector('[role="doc-backlink"]')?.getAttribute('href') ?? 'none');
      await view.renderer.scrollToAnchor(call);
      window.note = null;
      call.click();
      return { index, expected: note.textContent.trim(), comesBack: back === call };
    }
    return null;
  });
  if (!at) return console.log('no footnotes');
  await page.waitForFunction(() => window.note, { timeout: 5000 }).catch(() => {});
  const note = await page.evaluate(() => window.note);
  console.log(`a note of section ${at.index}: ${note?.text?.slice(0, 60)}`);
  if (note?.type !== 'footnote') wrong(`the note did not pop up: ${JSON.stringify(note)}`);
  if (note?.text !== at.expected) wrong(`the window shows another text than the note`);
  if (!at.comesBack) wrong('the note does not lead back to its call');
  await shoot(page, 'note');
  await page.evaluate(() => dialog.close());
}

// Pictures of the places that are worth looking at.
async function takeShots(page) {
  const places = [
    ['cover', 'body.cover-page', 'body'], ['title', '.title-page', 'body'], ['contents', '[role="doc-toc"]', 'body'],
    ['part', '.part', 'body'], ['chapter', '.article-head', 'body'], ['table', 'table', 'table'], ['code', 'pre', 'pre'], ['math', 'math[display="block"]', 'math[display="block"]'],
    ['figure', 'figure img', 'figure'], ['quote', 'blockquote', 'blockquote'], ['alert', '.alert', '.alert'], ['list', '.tasks', '.tasks'],
    ['english', 'html[lang="en"] .article-head', 'body'], ['notes', '[role="doc-footnote"]', '[role="doc-footnote"]'], ['sources', '.sources', 'body'],
  ];
  for (const [name, mark, anchor] of places) {
    const found = await page.evaluate(async (mark, anchor) => {
      for (let index = 0; index < book.sections.length; index++) {
        await view.goTo(index);
        const [{ doc }] = view.renderer.getContents();
        if (!doc.querySelector(mark)) continue;
        if (anchor !== 'body') await view.renderer.scrollToAnchor(doc.querySelector(anchor));
        return true;
      }
      return false;
    }, mark, anchor);
    if (found) await shoot(page, name);
  }
}

async function shoot(page, name) {
  if (!options.shots) return;
  mkdirSync(options.shots, { recursive: true });
  await page.evaluate(() => Promise.all(view.renderer.getContents().map(({ doc }) => doc.fonts.ready)));
  await new Promise(done => setTimeout(done, 400));
  await page.screenshot({ path: join(options.shots, `${name}-${options.size}-${options.dark ? 'dark' : 'light'}.png`) });
}
