/** The frame around every page. */

import { pageAt } from "./pages.ts";
import { Banner } from "./parts/banner.tsx";
import { Login } from "./parts/login.tsx";
import { Rail } from "./parts/rail.tsx";
import { Settings } from "./parts/settings.tsx";
import { Loading, Trouble } from "./parts/state.tsx";
import { Top } from "./parts/top.tsx";
import { followLink, path } from "./route.ts";
import { drawn, mustLogIn, togglePause } from "./start.ts";
import { frozen } from "./store.ts";
import { reopen } from "./stream.ts";

export function App() {
  if (mustLogIn()) return <Login onDone={reopen} />;
  const page = pageAt(path.value);
  return (
    <>
      <a class="skip" href="#app">
        Skip to the figures
      </a>
      <Rail current={page} />
      <div class={frozen.value ? "frame frozen" : "frame"} onClick={followLink}>
        <Top page={page} onPause={togglePause} />
        <Banner />
        <main id="app" tabIndex={-1}>
          <View at={page.path} />
        </main>
      </div>
      <Settings />
    </>
  );
}

function View({ at }: { at: string }) {
  const { at: loaded, page: Page, trouble } = drawn.value;
  if (loaded !== at) return <Loading />;
  if (Page === undefined) return <Trouble detail={trouble ?? ""} />;
  return <Page />;
}
