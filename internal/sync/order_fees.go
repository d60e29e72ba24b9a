package sync

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"lockerd/internal/contract"
	"lockerd/internal/locker"
	"lockerd/internal/tariff"
)

// readFee reads what an announced parcel costs.
func readFee(into *locker.AnnounceOrder, fee *contract.Fee) error {
	if fee == nil {
		return nil
	}
	if err := contract.Check("body: fee: ", *fee); err != nil {
		return err
	}
	into.Fee = &locker.Terms{Name: fee.Name, Currency: fee.Currency, Due: fee.Due}
	switch {
	case !currency(fee.Currency):
		return errCurrency
	case fee.Due < 0 || fee.Due > contract.MaxAmount:
		return fmt.Errorf("body: fee: due: must be 0 to %d", contract.MaxAmount)
	case len(fee.Tariff) == 0 && fee.Due == 0:
		return errors.New("body: fee: must say what is due, or a tariff")
	case len(fee.Tariff) == 0:
		return nil
	}
	rates, err := tariff.Read(fee.Tariff)
	if err != nil {
		return fmt.Errorf("body: fee: %s", strings.ReplaceAll(err.Error(), "\n", "; "))
	}
	if rates.Currency != fee.Currency {
		return errors.New("body: fee: tariff: is in another currency")
	}
	into.Fee.Tariff = rates
	return nil
}

var errCurrency = errors.New("body: currency: must be three capitals, as \"EUR\"")

func currency(code string) bool {
	return len(code) == 3 && strings.Trim(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func readTold(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Told
	err := readBody(e, &body)
	o.Told = &locker.ToldOrder{Tracking: body.Tracking, Told: date(body.At)}
	return err
}

// readFeeLink reads a link that people are shown: nothing but a web page behind TLS.
func readFeeLink(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.FeeLink
	if err := readBody(e, &body); err != nil {
		return err
	}
	o.Link = &locker.LinkOrder{Tracking: body.Tracking, Amount: body.Amount, Currency: body.Currency, URL: body.URL, Until: date(body.Until)}
	if at, err := url.Parse(body.URL); err != nil || at.Scheme != "https" || at.Hostname() == "" || at.User != nil {
		return errors.New("body: url: must be https://, with a host and no name or password")
	}
	return checkMoney(body.Amount, body.Currency)
}

func readPaid(o *locker.Order, e contract.Order, _ Secrets) (err error) {
	o.Paid, err = readMoney(e)
	return err
}

func readRefund(o *locker.Order, e contract.Order, _ Secrets) (err error) {
	o.Refund, err = readMoney(e)
	return err
}

func readUnpaid(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Unpaid
	err := readBody(e, &body)
	o.Unpaid = &locker.UnpaidOrder{Charge: body.Charge}
	return err
}

func readMoney(e contract.Order) (*locker.MoneyOrder, error) {
	var body contract.Money
	if err := readBody(e, &body); err != nil {
		return nil, err
	}
	return &locker.MoneyOrder{Tracking: body.Tracking, Parcel: body.Parcel, Amount: body.Amount, Currency: body.Currency, Reference: body.Reference},
		checkMoney(body.Amount, body.Currency)
}

func checkMoney(amount int64, code string) error {
	switch {
	case amount < 1 || amount > contract.MaxAmount:
		return fmt.Errorf("body: amount: must be 1 to %d", contract.MaxAmount)
	case !currency(code):
		return errCurrency
	}
	return nil
}
