/** Small .xz files made once with xz 5.4, and the contents they must give. */
import { Prng } from "../../../src/engine/base/prng.ts";

/** Words that repeat, runs, and bytes that nothing can compress: every kind of LZMA2 packet and chunk. */
export function mixedContent(): Uint8Array {
  const prng = new Prng(2024);
  const parts: number[] = [];
  const words = ["kernel", "module", "interruption", "subchannel", "prefix"].map((word) =>
    [...word].map((c) => c.charCodeAt(0)),
  );
  for (let i = 0; i < 300; i++) parts.push(...prng.pick(words), prng.below(3) === 0 ? 10 : 32);
  for (let i = 0; i < 2500; i++) parts.push(7);
  for (let i = 0; i < 700; i++) parts.push(prng.below(256));
  for (let i = 0; i < 400; i++) parts.push(0, 0, i & 0xff, prng.below(4));
  return Uint8Array.from(parts);
}

const decode = (lines: readonly string[]): Uint8Array =>
  new Uint8Array(Buffer.from(lines.join(""), "base64"));

export const oneBlock = decode([
  "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4BzTBnFdADmdSGe2sR5tlh1m2KydFl316s1DIfRDOPuJkZyHktDnXksWTDT7oXrEAqaI",
  "4mqcFKGGqgVYEpej5kp00D/00kHEr5ijIKBlcp6SMDezKtuA7JNYPl5/bVoqTIKXed8kTo95wjJ+TCOc72ECWLIbLlanXhI+RACI",
  "LB3sZ/UwFI4XqpRq3oZbgnRrxhqKuxLATYi8YuMvjS4Kg4jq+C0KYJJIXucUpR9e7XbLfRdHrLrZhgCzqkF3l+gqzXZKNb6rxwM5",
  "8S2XY7MZd5fWzv8TqkBPAE432cnTQfi5igdaDC5thrV4hA8dZywoFGG4ZJ3hh2LnAUfet5r1+mtBWAxINLc6ghM1367JuoF9bRgD",
  "rkh0aTKGYfZoA5DxMOH9jaA6qBtTWP98o5KA2v3Sg8FY5LoFe7DSl9m8Jv/IFcYCNziX8rcKn5tRyrxzYiqQoWeowMnf/0uzy1Wl",
  "idskzhCxnFqdbfjBt2MqOfKNIdNnq6W/UefIFchtXq+TRh8ksIKHtcQZFHs8eMIUJMjHqgK30vOOZKcWyMhVqhDExO1/am1G/3aY",
  "D4WnXBuXUDYQt+Ublg/eXgW8KOamkBHf6dTBKak6a5+HonbPweyyJeJuQqZTGD8ABb5NZkkE7Iqpwq7PjpIboTxKlyxsEoz0KD4v",
  "UO7uMXK7zMVEcVCHiecTB3Ouk/UdCLJHM26ck1xQ55VmDv7BALNyDMw3OAudM17/5FQcVmhGrMoB+UBNoug3vlqy8twgBwvBYm27",
  "KX0siA3yy0m7XS+z9OuFs/EM510koQPSnHC497cPmjKQ4TjBbhgDnUMxPIlfZh/Dvp7MKErFV7uNXRQBzUkMq3uBWy4S7/nJ6Ogt",
  "rP9sFU7LNUanYefMwdnn/a+a1HVkF09fR8qoSZD45OogQvq09S6q0BEq6XxG4yVRgMTll6L9oFZ+SdSg/Rwz2ywi/xb4+7Ip6vmH",
  "XXpAAkCVuYGowV78RS/j5b3b2JNBgEdkrprELpb0zw7iSAGXukuZL3sQiAKqub7EsqaVm4r6P9wdw/xq79JXD+YOCV7PqD0kMT5+",
  "SiT2jcFTqNuB7KOZPU3DekI6Cm25TavzW/EgsaLSdCGNexWBVngtFtDInE7HSjjLaJ4TBiJAgL93u0cNpywsMRpGVIvFwZ3HOvfR",
  "ODteV4XUSri7RvNLNl6gUGvMPLt49QJHvypGUFJIB6fB8UeFUqtHlGODQChc8RJYBJR0uXXwIUWiVBHK3YOh9Lbhzrcjm8bppc81",
  "k0B3QrMXLdkvPEx0/c5uPCCA5FRIaWwnya/7vge9KovRt/hx7N6a7nYqBMPNui3BEfXqz39Z29gkfUlwj1Krz8sIgJ1jLOFo2b82",
  "Pmr8fo2eHwb7C2llevqDK7QNrtdm9o6g+tX+cn1BeMHusvuB13VREIzWSY50W+kbwYHdD1foVYG/8cN5ELGctJY62uCeFrf8ZTWF",
  "dpgKCMCr00b9ha8t/tJWiLSdi+0v67/wL/Wek6n4e+gTnT1WKVUtd3MC14ASfE67LpOWnouAA1TrtBm4n88/AZIx6kOdz9zPCyvC",
  "c9yt2KEJMMQ03kXKbD7VDbSbwtlw0P9+mdp+34vyXt5pFDFvTgeWKvKoUd5I8MZAUKpr/BT7FdqfOtpelGivM/bTa3pIZihy8KzW",
  "C8/90t9e1XimekvDnDVxax7h5azXE5gzNjAqT60+zXDXHKBn4L+pj47gYRyT+WXt/jpb/46eJv8fpwcAilWAcZZlx6/iOUf8djHn",
  "/l11tQ4xRWJA3wZ8mP0poWA8oy54SWUreiZbYIRMYoUcH/agHYiw4oH+Ctnglpaib/jkkRKJsxY2pP+JNZPi+lrxGgJ2fBgDiEns",
  "Vg3dDEIDVKcq9lH8JoF4JbwHfHFHP8++XENrw3l9CDc0edlMa46HwTESvZAMIN6rZOeWL9Us5j5Dm7gThYY1/xs9HFkX8majKT6W",
  "FraywDhSc8IJYNFHk3WJ3dsytyh7IzB5WpdMCfM9heP7YwFo4AF9re3XwxdiS4nUPUkvVaO65V0TDrGRLguOnANbeN6apczSZRMD",
  "I6zW7HoC+8BOf89b4dturXBUp84uHuefvfnvV4P1c4hJXM7S7bMYCUvZ17c0xVo4CsBAyiLrF6cgsgknaVXuVpBz65tykQzra9L9",
  "ZuNdFmVHYl0QFHJw+AWogjwZb4NR89YZttCJplm1AAAAAJS+284jfnlfAAGNDdQ5AAC752cbscRn+wIAAAAABFla",
]);
export const manyBlocks = decode([
  "/Td6WFoAAAFpIt42AgAhARYAAAB0L+Wj4Au3AWRdADmdSGe2sR5tlh1m2KydFl316s1DIfRDOPuJkZyHktDnXksWTDT7oXrEAqaI",
  "4mqcFKGGqgVYEpej5kp00D/00kHEr5ijIKBlcp6SMDezKtuA7JNYPl5/bVoqTIKXed8kTo95wjJ+TCOc72ECWLIbLlanXhI+RACI",
  "LB3sZ/UwFI4XqpRq3oZbgnRrxhqKuxLATYi8YuMvjS4Kg4jq+C0KYJJIXucUpR9e7XbLfRdHrLrZhgCzqkF3l+gqzXZKNb6rxwM5",
  "8S2XY7MZd5fWzv8TqkBPAE432cnTQfi5igdaDC5thrV4hA8dZywoFGG4ZJ3hh2LnAUfet5r1+mtBWAxINLc6ghM1367JuoF9bRgD",
  "rkh0aTKGYfZoA5DxMOH9jaA6qBtTWP98o5KA2v3Sg8FY5LoFe7DSl9m8Jv/IFcYCNziX8rcKn5tRyrxzYiqQoWeowMnf/0uzy1Wl",
  "idskzhCxnFYPSBQAAFyaRa4CACEBFgAAAHQv5aPgC7cDTl0AA+/7v/6jsV7l+D+yqM72R9zRQ1mk4WGiy2Yer+9H4yF7ia+r5RC5",
  "U4J7IFB1TNzbhBs62KSOs0ZRStF7rws7+GuvaC+074JzA96cKcqdX3Xmbq4BtZmWhhDVAhd9yMMLxj7bgFyiI0xLV08NWUaHCznP",
  "mhigG4Jz155lqqgkRerEhoxib5wu4oJn8sTgOn8w0d4baUKZjlo7rDl+xyPuR58peaHBINb2je60jwNh4Dc3UKpHEiqWHUyj0eUo",
  "62VXQzPhEyleQAZnYHZV5Br+DMCnwrxYfooi8QetWBt2C3HdrFrsGrulR4L1NSX1xo3u/RSIvOPAwhvGqQfkN4JxUw7GCRRgK9sX",
  "XDANctIuBK8fomqI4aCZnrcvQNMjTetEwTngE3bTTSiFVGYWPcJ9JfYEu1F9sBt230uJMP4U6SwOd0a/JB0I/9+vvjA+WiOv08NU",
  "HLj6vHMJSjiFIcuXRpdI4ENKXnD9ZbCy46YLxUZYQJJFMZikfNz15XrxVQNzINoKUiqPseEuVWbgVa04oiTqhVOHECC6h0AIqHfH",
  "dGaT3vx458rYTMkdPygx8Ea5KEZ0Knw0s0t0k0ZzrK7Oo3bKle+YAfUWVUo76FaaV20qSDRos6sCC1A2UIa7Gdn9lacnrdyNpOaS",
  "Hovmb+KlnztUV1TQlsU3hz3OEfh5E6i6niJCZssLBwfFKeAzhpRn1cL2ElZn7g/HZB5wF6EphDwYQJdgsu9sNkB9fNwWF9qQ+AZb",
  "YLIPBFJRtfoqtSAPz2i6h6VJ4u2caoU9988erN0396GZLcFzSoKEYH0/0TzqIAf49/HKmaIv4TebUf/kj2HZRIvX8Z1YpsjRO6Xb",
  "73IKgLV8BxOcODCaX6l64r672VjrGB1DikbSbF1ZhiWtTFnQWIWgRt3sKEPmNBq5yPkYqvTwZrhOnuWSFtc8VJPZLQQpeCRJ4z4j",
  "qFe0j5dYILX64YfYhoHY8Yu46z0Er0MAyg1MH5IpBrY0l5ImUOElE4DBzZJP9aIItOBu2gYWbcek2J6nAk+Y+4h2h2JjIx18j3uw",
  "fzwoHdQWuILzWfm4tcDXWY3/PExSj5nfvQM5THh0Cxt9ixEY+rDsMA0civrgnXl+kFKrBwp8u/4gAAAA9EdmNgIAIQEWAAAAdC/l",
  "o+AFYwIDXQAAYNqBkE+3UA9C+atFToT2XarZeaTs67imkXTTr7/oPjNcSjmRtJuMc8LanebPY0YqcN5wtUi1j7nNFUhKO3xPeufn",
  "sJYG6pfSDw2Kb+9NICaQohi5lN/lP0+wkaLNz8fatdC2m7OUy4aSwNeb4JU+tknUElErz2ntgghtofYnHtnKB626prVX4Iaf9t3Q",
  "oRiHqrHlio6kL07szUvfFDvsKDmDI5eow48THKwlkXODnwNWqMHzF7is8JcUy3PSiApOfEbmSS4RyQA3GW3xLvFjHTR0yMDCl/UE",
  "wNmdrywjJK9GjEta58xzFKfMutdNWqDaX/IvJnGcbIkTnusGFOIOXd4TUodsC4o51s4X9DEIwonxVhXX5EoNqpXG4r0vjdrh0aOD",
  "FkGBc14HYvK1P4pIQtwCePA0jqJa/qR4hDE71kTEHeUTUjjLopaskL7IdDxEsJbJ9UiGtAhvWFG86LQdzXi76l2IZ8FzSfUiNPZq",
  "pXwl6e22sBGpEnSG67Cld3HE3Q7GiLBBoe+C7yo28vYXR58CIDq7UH9BJFWCi1zZB5B9MGkzKlXQrqduU/vsaPcQXu0EkCD6RQNq",
  "iXaP5s1XMElMlRM638ly9dAA8E5b0ymnjQ3a89z50mOUdVidHlDV0Jb8w/qSeI5wzvCYwXooX52nLvssS/WVxASFvQi1IkRDcAAA",
  "WpPHawAD/AK4F+YGuBebBOQKAACo33sTI9NUXQQAAAAAAVla",
]);
export const otherProperties = decode([
  "/Td6WFoAAAD/EtlBAgAhARYAAAB0L+Wj4BzTBg8SADmeM3BduLzqEKxHuP9tjTBXkgonFKEWgH8p2Qd+i9aaFjjqD81G07drrMPH",
  "0Rn54MLjtWnKTerozcw6B6ocguW+JEgXfd0D2YhNwci5mdioxNKd2fnHYnydV+mxXPXx/d6+7vBRBNNJFpcaqM+Zya7DbQC3YtjG",
  "4MO3id6evpXB+ckwga19K8EUQLa4I2NPNomG0DSOQgEXlWvadssTEG2I5hGDLbfIFqbrNcq8GlUTbKj85giIh7VxeU3G8MKHrkdr",
  "d2+pEpeTTfAraJR+AEzPOKXLHEpfTLRff0axfQ56rQdeaBREY1Yfx8EpzUKid5ldBJ743w4X10Jt7hQ2Bl6LohLOyaz5q/o3iIi9",
  "2FSd4Rs2wn1GRIuecdHdP2fe9p+2Aps90nGqACiLQspfVITuxwzaQ2UUtQwLYAho6E0P/mblFgNO3xsjZEcKrwlTx1Jc3ZaSZI1G",
  "yGr1ieUi8qTokvGsxQm7a0VKGyctFJ9/S9nXqQaRaARDKwjC335/JXIZLSzj3jELIDQfDyNlzGUpEkFCi1geEm3gIGikz4S1A2PO",
  "7RgSFvaG+hIsmS9IpPppuy40IGkUJe/oPp6yVfPLtkUw/xLHy9LYIRW6ejVb2mS+h3d7qhd4D4DPNovuffqEKrvv8IEXLa4XORnx",
  "KMNQZe7/OesMNCbPqjIb1WtJZ9oxN1vtWibJtlex5SffpqayPPKuLTZC/ZSmIB9dqeKiDn99u44EHZkWBAIX2XW1axXQH9DSvBIY",
  "3YoJtkG/zLW0xyHQMQqjXiNtBcSyZJiQIiLHBoWG9q21L2LPf7ENallmsI/SNRp7G0ApXUBtPF+oAbdreW0VRAzVo3X69J147O4a",
  "HtAvc17xPP9E5cZpp+DD3M0J2sZ3pTwj1IXQGlEbd38ExRKyKEH/3uYMVU0eC+1Qca1P4dMCIZpLmIV/2LYCMecJKN/7oHP+IioO",
  "sMhAE5DfHdhbisemh6PFVaXhwLQuRld/QocGJVCVQylOTvJHp42RtxYpKApCaFI/3SToChD/3A2urfMKgDWpr3Wt/s/UEIwt/nfc",
  "uUW2c+NfCXJdNpLr5jVj7uT1JVUJlQk26tBXsX49ma1ma7fJClMBv15Zmd47dLn5oZ+x6bA04MMycFM0vQ+hu42vIOERiLndIIoM",
  "bP6+u6SjMY+hlW0Kc52RDR7yodRTbTnkIBNRhJpSSS/DNG5Tq8dvvrrKup1lHDIIeYHF08KaIsy/amCQVtVRw+QAAZgP6P4QfsTs",
  "QD6aOZQveM2maDEnk3LQ+kwOpb5+8rUTE/PQWKhk9itKAw1d2W0rppllZlBaKDtA8/G4p/U4YN9tbvJQWCG+Aa/x2HWBwTuUik4Y",
  "FwQmTo9vm7Z+jmEvzD6WNOadA2rx/Ol4wF9CM3cBD8EmBloOPa4gIG+ZXSlzDbDcjTJYSOBjkZy8TWozKsiJMCfjjYY7yHw7eJYc",
  "icL8KteWfUvEUWaIgVxiYJV0Wfg8uOZ7jUrZE0WJbbE882pzBXQeXmSbD6oCywwQvRqmJgyam+OMFCl9Lpuq4HlI5oqSmOtUWqA5",
  "5mM4r2QTOcGhRqY67tlRgtrr4DBj+G77SO7RXRAfuOgG9I7uc1L69H2rXO/iam05/d81gMyKLbk2CChYqcnGa641zi+Sv+F1CbYK",
  "GqcWyQeBLUByLsS1dzV0MsrqflQ5eBbNMQGVin02zbMxhcP445PbOuDE1/NqX4UOs5fsuEW+/2s7qqq1AJAIGZBl5qY1QUkQQY+p",
  "QXL+ic7FWJiq2PtB2qY2RANlrFS42eYe4m1hMShVI4TX7yUhCdOYYK12QyQBkgSAqKeHCSGRJ0b0v4AmTX4tdEEB5BMc/ln+J9Hy",
  "ehhFz3N9jQJkR1vYikRhuQK2+UgpwOE109CMhLGV12KTXuJLEAtBtmZJd4fzMVDOBDiGcL1HIMG3V27bThOQVJmlzB4t9tQvw03k",
  "wYrTIpS8Oc+rg8n+LGM8F8nD8Wm3sbBUQ/+m257RVYP/z46SZGjaFkXtQRcgCRu6zqyY+l6B2npvZnoWIh+LYR4efHfFSsqY8SVR",
  "Zfa4OG/lxwAAAAGjDNQ5AABNqqEbqAAK/AIAAAAAAFla",
]);
