/** The page's entry: mounts the window and connects it to its host. */
import "@xterm/xterm/css/xterm.css";
import "./style/fonts.css";
import "./style/tokens.css";
import "./style/base.css";
import { createPinia } from "pinia";
import { createApp } from "vue";
import { Bridge } from "./bridge.ts";
import { useMachines } from "./features/machines/machines.ts";
import { useTheme } from "./shell/theme.ts";
import WindowFrame from "./shell/WindowFrame.vue";

const app = createApp(WindowFrame);
app.use(createPinia());
useTheme().apply();
const machines = useMachines();
machines.connect(new Bridge(machines.pageCalls()));
app.mount("#app");
